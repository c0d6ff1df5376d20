import { TICKS_PER_CLOCK, TICKS_PER_SIXTEENTH } from '../../../music/event';
import { MAX_BPM, MIN_BPM } from '../../../music/tempo';
import { FollowState, type SharedFollowState } from '../../shared/follow-state';
import type { Transport } from '../transport';
import { BANDWIDTH_HZ, Pulses } from './pulses';

/** How a transport follows. */
export interface FollowConfig {
  readonly bandwidth: keyof typeof BANDWIDTH_HZ;
  /** What to do when no clock comes any more: stop, or play on at the last tempo. */
  readonly onLoss: 'stop' | 'freewheel';
  /** How late the clock arrives here: so much earlier it is taken to have been. Negative plays later. */
  readonly delayMs: number;
  /** A clock that is off by more, twice in a row, is reported. */
  readonly driftMs: number;
}

export const FOLLOW_DEFAULTS: FollowConfig = Object.freeze({
  bandwidth: 'smooth',
  onLoss: 'stop',
  delayMs: 0,
  driftMs: 10
});

const CLOCK = 0xf8;
const START = 0xfa;
const CONTINUE = 0xfb;
const STOP = 0xfc;
const SONG_POSITION = 0xf2;

/** Errors that differ by less than this part of a period are the same. */
const STEADY = 0.05;

const MS_PER_PERIOD_AT_1_BPM = 60_000 / 24;

/**
 * Lets a transport follow the MIDI clock of an input: its tempo curve goes through the smooth times of the pulses, and
 * its position never goes beyond the pulse that is expected next. Start, Continue, Stop and Song Position are obeyed;
 * the music begins at the pulse that follows a Start, as the standard has it.
 */
export class Following {
  private readonly pulses: Pulses;
  /** The last pulse, counted on the grid of the transport's tempo curve. */
  private pulse = 0;
  /** A start that waits for its pulse. */
  private armed: 'start' | 'continue' | undefined;
  private driftsInRow = 0;
  private lastErrorMs = 0;

  /** @param changed told when the state is another one, or a drift was noticed */
  constructor(
    readonly transport: Transport,
    public input: number,
    private config: FollowConfig,
    private readonly shared: SharedFollowState,
    private readonly changed: () => void,
    nowMs: number
  ) {
    const bpm = transport.tempo.bpmAt(nowMs);
    this.pulses = new Pulses(BANDWIDTH_HZ[config.bandwidth], MS_PER_PERIOD_AT_1_BPM / bpm);
    this.shared.reset();
    this.become(FollowState.waiting);
  }

  configure(input: number, config: FollowConfig): void {
    this.input = input;
    this.config = config;
    this.pulses.dll.endHz = BANDWIDTH_HZ[config.bandwidth];
  }

  /** Takes a message from the input. */
  take(bytes: Uint8Array, length: number, timeMs: number, nowMs: number): void {
    const { transport } = this;
    switch (bytes[0]) {
      case CLOCK:
        return this.takePulse(timeMs - this.config.delayMs, nowMs);
      case START:
        return this.arm('start', nowMs);
      case CONTINUE:
        return this.arm('continue', nowMs);
      case STOP:
        this.armed = undefined;
        return transport.stop(nowMs, this.pulses.isAlive ? (this.pulse + 1) * TICKS_PER_CLOCK : undefined);
      case SONG_POSITION:
        // Only while stopped, as the standard has it.
        if (length === 3 && !transport.running)
          transport.locate((bytes[1] | (bytes[2] << 7)) * TICKS_PER_SIXTEENTH, nowMs);
    }
  }

  /** When something is to be done without a message: the clock is missed. */
  get nextMs(): number {
    return this.pulses.lostAtMs + Math.max(0, this.config.delayMs);
  }

  turn(nowMs: number): void {
    if (nowMs < this.nextMs) return;
    const { transport, config } = this;
    this.pulses.loseClock();
    const goesOn = config.onLoss === 'freewheel' && transport.running && this.armed === undefined;
    if (!goesOn) transport.stop(nowMs, (this.pulse + 1) * TICKS_PER_CLOCK);
    this.armed = undefined;
    transport.ceiling = Infinity;
    this.shared.dropOuts++;
    this.become(goesOn ? FollowState.freewheeling : FollowState.lost);
  }

  /** It follows no longer: what plays goes on at the tempo that it has. */
  end(): void {
    this.transport.ceiling = Infinity;
    this.shared.reset();
  }

  private takePulse(timeMs: number, nowMs: number): void {
    const { pulses, transport } = this;
    const isFirst = !pulses.isAlive;
    if (isFirst) this.begin(timeMs);
    const counted = this.armed === undefined ? pulses.take(timeMs) : pulses.takeFirst(timeMs);
    if (counted === 0) return this.report();
    const { dll } = pulses;
    if (!isFirst) this.pulse += counted;
    const ahead = 1 + Math.max(0, Math.ceil(this.config.delayMs / dll.periodMs));
    const bpm = Math.min(MAX_BPM, Math.max(MIN_BPM, MS_PER_PERIOD_AT_1_BPM / dll.periodMs));
    const tick = this.pulse * TICKS_PER_CLOCK;
    // Who is to play on without a clock does not wait for a pulse that is late.
    const isHeld = this.config.onLoss === 'stop' || !transport.running;
    const ceiling = isHeld ? tick + ahead * TICKS_PER_CLOCK : Infinity;
    transport.follow(tick, dll.smoothMs, bpm, ceiling, nowMs);
    if (this.armed !== undefined && !transport.running) this.play(tick, nowMs);
    this.armed = undefined;
    this.watchDrift();
    this.report();
  }

  /**
   * The first pulse. Where the transport plays on by itself, it is the one that is nearest to where that is, and the
   * loop draws near from there: the clock is back, and nothing jumps.
   */
  private begin(timeMs: number): void {
    const { tempo, running } = this.transport;
    const at = tempo.tickAt(timeMs) / TICKS_PER_CLOCK;
    this.pulse = running ? Math.round(at) : Math.ceil(at);
    if (running)
      this.pulses.expect(
        tempo.msAt(this.pulse * TICKS_PER_CLOCK),
        MS_PER_PERIOD_AT_1_BPM / tempo.bpmAt(timeMs)
      );
  }

  private arm(how: 'start' | 'continue', nowMs: number): void {
    const { transport, pulses } = this;
    if (how === 'continue' && transport.running) return;
    transport.stop(nowMs);
    this.armed = how;
    // Without a clock the first pulse tells where to begin.
    if (!pulses.isAlive) return;
    const tick = (this.pulse + 1) * TICKS_PER_CLOCK;
    this.play(tick, nowMs);
    // The pulse itself is waited for: many masters begin their clock anew with a Start.
    transport.ceiling = tick - TICKS_PER_CLOCK / 2;
  }

  private play(tick: number, nowMs: number): void {
    if (this.armed === 'start') this.transport.start(nowMs, 0, 0, tick);
    else this.transport.continue(nowMs, 0, tick);
  }

  private watchDrift(): void {
    const { errorMs, periodMs } = this.pulses.dll;
    // A master that changes its tempo is off by more and more; one that drifted is off by as much as before.
    const isOff = this.pulses.isLocked && Math.abs(errorMs) > this.config.driftMs;
    const isSteady = Math.abs(errorMs - this.lastErrorMs) < STEADY * periodMs;
    this.lastErrorMs = errorMs;
    if (!isOff) this.driftsInRow = 0;
    else this.driftsInRow = this.driftsInRow > 0 && isSteady ? this.driftsInRow + 1 : 1;
    if (this.driftsInRow !== 2) return;
    this.shared.drift(errorMs);
    this.changed();
  }

  private report(): void {
    const { pulses, shared } = this;
    const { bpm, jitterMs, driftPpm, lost, doubled } = pulses;
    shared.figures(bpm, jitterMs, driftPpm, lost, doubled);
    this.become(pulses.isLocked ? FollowState.locked : FollowState.locking);
  }

  private become(state: FollowState): void {
    if (this.shared.state === state) return;
    this.shared.state = state;
    this.changed();
  }
}
