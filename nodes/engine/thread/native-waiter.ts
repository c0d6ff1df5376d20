import { getSystemErrorName } from 'node:util';
import { Internal } from '../errors';
import { CELL, monotonicOffsetMs, type NativeAddon } from './native';
import type { Doorbell, Waiter } from './waiter';

/** Sleeps in the kernel until a deadline, the doorbell, or MIDI input. To be made in the thread that waits. */
export class NativeWaiter implements Waiter {
  readonly name = 'native';
  /** Times go to the addon and back through memory: a double as an argument or result would cost an allocation. */
  private readonly cells = new Float64Array(new SharedArrayBuffer(8 * CELL.count));
  private readonly handle: number;

  /** @param doorbell the number of a {@link NativeDoorbell}, of this or another thread */
  constructor(
    private readonly native: NativeAddon,
    doorbell: number
  ) {
    this.cells[CELL.offset] = monotonicOffsetMs(native);
    this.handle = checked(native.createWaiter(doorbell, this.cells), 'the waiter');
  }

  /** Lets MIDI input end the wait too; `sequencer` is that of an AlsaDriver, or -1 for none. */
  watch(sequencer: number): void {
    checked(this.native.watch(this.handle, sequencer), 'watching the sequencer');
  }

  now(): number {
    this.native.now(this.handle);
    return this.cells[CELL.now];
  }

  /**
   * Be awake `leadMs` (at most 1) before something is to be sent: the kernel needs its time to wake a thread, and the
   * pass that finds nothing to send yet warms what the next one runs. Only for a thread with realtime priority: to
   * any other one, time spent awake is time taken from its own share.
   */
  wakeEarly(leadMs: number): void {
    this.cells[CELL.lead] = leadMs;
  }

  wait(deadlineMs: number, sendMs = Infinity): void {
    this.cells[CELL.deadline] = deadlineMs;
    this.cells[CELL.send] = sendMs;
    this.native.wait(this.handle);
  }

  dispose(): void {
    this.native.closeWaiter(this.handle);
  }
}

/**
 * Rings a {@link NativeWaiter} from any thread of the process. One thread creates the bell, others get its `number`.
 * Whoever created it disposes it, once no thread waits for it any more.
 */
export class NativeDoorbell implements Doorbell {
  readonly number: number;

  constructor(
    private readonly native: NativeAddon,
    number?: number
  ) {
    this.number = number ?? checked(native.createDoorbell(), 'the doorbell');
  }

  ring(): void {
    this.native.ring(this.number);
  }

  dispose(): void {
    this.native.closeDoorbell(this.number);
  }
}

/** Returns the result of a call of the addon, or throws what its error number means. */
function checked(result: number, what: string): number {
  if (result < 0) throw new Internal(`${what} could not be set up: ${getSystemErrorName(result)}`);
  return result;
}
