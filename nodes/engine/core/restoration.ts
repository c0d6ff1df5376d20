import { Flag, Kind } from '../shared/records';
import { MAX_SETTING_BYTES, PROGRAMS, SETTINGS, type Patch } from './patch';
import type { Queue } from './queue';
import { NONE } from './slab';
import type { Wire } from './wire';

/** Owner of what is sent again; a patch learns nothing from it. */
export const RESTORED = -2;

/** A setting each so many ms at most, so that no reader that is slow to take it has too much of it. */
const PACE_MS = 1;

/**
 * Sends a patch once more: programs at once, so that no note comes before its own, then controllers and parameters one
 * by one whenever nothing that is due can go, no faster than controllers may. A note waits for one of them at most. Each
 * is read as it is sent, and left out where it was sent anew since, so nothing newer is overwritten. Allocates nothing.
 */
export class Restoration {
  /** When the next setting may go; Infinity when all have. */
  atMs = Infinity;
  private patch: Patch | undefined;
  private next = SETTINGS;

  constructor(
    private readonly queue: Queue,
    private readonly wire: Wire
  ) {}

  start(patch: Patch, nowMs: number): void {
    this.patch = patch;
    for (let setting = 0; setting < PROGRAMS; setting++) this.give(setting, nowMs);
    this.next = PROGRAMS;
    this.atMs = nowMs + PACE_MS;
  }

  stop(): void {
    this.next = SETTINGS;
    this.atMs = Infinity;
  }

  /** Lets the next setting be sent, if its time has come. Returns whether there was one. */
  offer(nowMs: number): boolean {
    // A message more on its way would be one more that a note has to wait for.
    if (this.atMs < this.wire.busyUntilMs) this.atMs = this.wire.busyUntilMs;
    if (nowMs < this.atMs) return false;
    while (this.next < SETTINGS) {
      const bytes = this.give(this.next, nowMs);
      if (bytes === NONE) break; // no slot is free: it is tried again
      this.next++;
      if (bytes === 0) continue;
      this.atMs = nowMs + Math.max(PACE_MS, this.wire.controlMs(bytes));
      return true;
    }
    this.atMs = this.next < SETTINGS ? nowMs + PACE_MS : Infinity;
    return false;
  }

  /** Queues a setting behind what is due. Returns its bytes, 0 where it is not known, NONE where there is no room. */
  private give(setting: number, nowMs: number): number {
    const { patch, queue } = this;
    const length = patch?.write(setting) ?? 0;
    if (patch === undefined || length === 0) return 0;
    const slot = queue.takeOwn(Kind.firmControl | (length << Flag.lengthShift), RESTORED, nowMs);
    if (slot === NONE) return NONE;
    const { bytes } = queue.slab;
    bytes.fill(0, slot * 3, slot * 3 + 3);
    for (let at = 0; at < length && at < MAX_SETTING_BYTES; at++)
      bytes[slot * 3 + (at >> 2)] |= patch.message[at] << ((at & 3) * 8);
    queue.backlog.push(slot, false);
    return length;
  }
}
