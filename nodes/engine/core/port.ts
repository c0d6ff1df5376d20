import type { MusicEvent } from '../../music/event';
import type { MidiDriver } from '../ports/driver';
import type { PortStats } from '../shared/stats';
import type { Waiter } from '../thread/waiter';
import { Incoming, Intake } from './intake';
import type { Lane, Timebase } from './lane';
import type { Ledger, Owned } from './ledger';
import type { Monitor } from './monitor';
import { Outlet } from './outlet';
import { Queue } from './queue';
import { Recall } from './recall';
import type { Wire } from './wire';
import type { SysexStore } from './sysex-store';

export { Incoming };
export type { Owned };

/** Queue limits of a port. */
export interface PortLimits {
  maxPendingEvents: number;
  lateToleranceMs: number;
}

/** An open MIDI output: what waits for it, what sounds on it, and the wire behind it. */
export class OutputPort {
  readonly ledger: Ledger;
  readonly wire: Wire;
  private readonly queue: Queue;
  private readonly intake: Intake;
  private readonly outlet: Outlet;
  private readonly recall: Recall;

  /**
   * @param monitor to whom what is sent is shown, as of the port of that `number`
   */
  constructor(
    readonly name: string,
    driver: MidiDriver,
    handle: number,
    waiter: Waiter,
    readonly stats: PortStats,
    ledgerMemory: Uint8Array,
    limits: PortLimits,
    sysex: SysexStore,
    monitor?: Monitor,
    number = 0
  ) {
    this.queue = new Queue(limits.maxPendingEvents, stats, ledgerMemory, sysex);
    this.outlet = new Outlet(this.queue, driver, handle, waiter, monitor, number, limits.lateToleranceMs);
    this.intake = new Intake(this.queue, this.outlet, limits.lateToleranceMs);
    this.recall = new Recall(this.queue, this.outlet);
    this.ledger = this.queue.ledger;
    this.wire = this.outlet.wire;
  }

  /** Set when the driver said that the port is gone; nothing is sent any more, and nothing waits. */
  get gone(): boolean {
    return this.outlet.gone;
  }

  /** See {@link Outlet.inherit}. */
  inherit(ends: readonly MusicEvent[], nowMs: number): void {
    this.outlet.inherit(ends, nowMs);
  }

  /** See {@link Outlet.vanish}. Returns how many events waited for it. */
  vanish(): number {
    this.outlet.vanish();
    return this.outlet.stranded;
  }

  /** See {@link Outlet.sense}. */
  sense(isWanted: boolean, nowMs: number): void {
    this.outlet.sense(isWanted, nowMs);
  }

  /** See {@link Outlet.remember}. @param memory PATCH_BYTES bytes, shared by all who play to the port */
  remember(memory: SharedArrayBuffer | undefined, nowMs: number): void {
    this.outlet.remember(memory, nowMs);
  }

  // ---- lanes -------------------------------------------------------------------------------------------------

  /** Finds or makes the lane of an output and a transport (NONE: engine time). */
  lane(output: number, transport: number, timebase: Timebase | undefined, offsetMs: number): Lane {
    return this.queue.lane(output, transport, timebase, offsetMs);
  }

  setOffset(output: number, offsetMs: number): void {
    for (const lane of this.queue.lanes) if (lane.output === output) lane.offsetMs = offsetMs;
  }

  /** The transport is gone: what it would have played is dropped, and its lanes are free for another. */
  dropLanesOf(transport: number): void {
    this.recall.dropTransport(transport);
  }

  /** The output is gone: what sounds through it ends, what waits for it is dropped. */
  releaseOutput(output: number, nowMs: number): void {
    this.recall.release((_source, _transport, owner) => owner === output, nowMs);
    for (const lane of this.queue.lanes) if (lane.output === output) this.queue.disown(lane);
  }

  // ---- in and out --------------------------------------------------------------------------------------------

  /** Queues an event, or drops it by the rules for late, repeated and surplus events; all of them are counted. */
  accept(lane: Lane, event: Incoming, nowMs: number): void {
    this.intake.accept(lane, event, nowMs);
  }

  /** Sends what is due and the wire takes. */
  dispatch(nowMs: number): void {
    this.outlet.dispatch(nowMs);
  }

  /** When this port wants to be served next, in ms. */
  nextDeadlineMs(): number {
    return this.outlet.nextDeadlineMs();
  }

  /** A message of MIDI clock or transport, past everything that waits. */
  sendRealtime(bytes: number, length: number, dueMs: number): void {
    this.outlet.sendRealtime(bytes, length, dueMs);
  }

  // ---- taking back -------------------------------------------------------------------------------------------

  /**
   * Drops queued events that have not sounded: those of `source` (undefined: all), of `transport` and `epoch` (NONE:
   * all), from `fromKey` on; of an epoch that has not begun all of it. The ends of what sounds stay.
   */
  cancel(source: number | undefined, transport: number, fromKey: number, epoch: number): void {
    this.recall.cancel(source, transport, fromKey, epoch);
  }

  /** An epoch began: its waiting events get their keys, events that wait for any other are void. */
  beginEpoch(transport: number, epoch: number, shift: number): void {
    this.recall.beginEpoch(transport, epoch, shift);
  }

  /** Ends at once what sounds on behalf of the owner and drops what the owner has queued. */
  release(owned: Owned, nowMs: number): void {
    this.recall.release(owned, nowMs);
  }

  /** Everything off, on all channels, also what this engine knows nothing of. */
  panic(nowMs: number): void {
    this.recall.panic(nowMs);
  }

  /** Sends what is still queued as releases, without regard to the wire: the engine is about to end. */
  flush(nowMs: number): void {
    this.recall.flush(nowMs);
  }
}
