import { MAX_TRANSPORTS, type SharedMemory } from '../../shared/memory';
import { SharedFollowState } from '../../shared/follow-state';
import type { Transport } from '../transport';
import { Following, type FollowConfig } from './following';

/** No input: numbers of inputs are used again. */
const NOWHERE = -1;

/** The transports that follow a clock, by their numbers. The loop walks over an array. */
export class Follows {
  private readonly all: Following[] = [];
  private readonly states: SharedFollowState[];

  /** @param changed told when a transport's clock is in another state, or off */
  constructor(
    memory: SharedMemory,
    private readonly changed: (transport: number) => void
  ) {
    this.states = Array.from(
      { length: MAX_TRANSPORTS },
      (_, index) => new SharedFollowState(memory.follows, index)
    );
  }

  /** Follows from now on, or goes on following at another input or in another way. */
  follow(transport: Transport, input: number, config: FollowConfig, nowMs: number): void {
    const known = this.of(transport);
    if (known !== undefined) return known.configure(input, config);
    const { index } = transport;
    const changed = () => this.changed(index);
    this.all.push(new Following(transport, input, config, this.states[index], changed, nowMs));
  }

  unfollow(transport: Transport): void {
    const known = this.of(transport);
    if (known === undefined) return;
    known.end();
    this.all.splice(this.all.indexOf(known), 1);
  }

  /** An input was closed: what is heard under its number from now on is another port. */
  inputClosed(input: number): void {
    for (const following of this.all) if (following.input === input) following.input = NOWHERE;
  }

  take(input: number, bytes: Uint8Array, length: number, timeMs: number, nowMs: number): void {
    for (let at = 0; at < this.all.length; at++) {
      if (this.all[at].input === input) this.all[at].take(bytes, length, timeMs, nowMs);
    }
  }

  turn(nowMs: number): void {
    for (let at = 0; at < this.all.length; at++) this.all[at].turn(nowMs);
  }

  nextDeadlineMs(): number {
    let earliest = Infinity;
    for (let at = 0; at < this.all.length; at++) earliest = Math.min(earliest, this.all[at].nextMs);
    return earliest;
  }

  private of(transport: Transport): Following | undefined {
    return this.all.find((following) => following.transport === transport);
  }
}
