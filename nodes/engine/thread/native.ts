import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownPackage } from '../package';

/** Version of the calls and shared layouts below; the addon carries the same number (`PHASOR_ABI` in native/phasor.h). */
export const NATIVE_ABI = 3;

/** What {@link NativeAddon.requestRealtime} got for the calling thread. */
export interface NativeGrant {
  policy: 'fifo' | 'nice' | 'none';
  /** FIFO priority 1–99, or the nice value, or 0. */
  priority: number;
  /** The kernel's number of the thread, for {@link NativeAddon.demote}. */
  tid: number;
  /** Why it is not what was wished; empty when it is. */
  reason: string;
}

/** What the sequencer device said when it was opened. */
export interface NativeSequencerInfo {
  client: number;
  /** Version of the kernel's protocol, such as `1.0.2`. */
  protocol: string;
  /** Input is stamped by the high resolution timer; otherwise by the coarse system timer. */
  hrtimer: boolean;
}

/** One port of any client, as the kernel describes it; see `<sound/asequencer.h>` for `capability` and `type`. */
export interface NativePort {
  client: number;
  port: number;
  clientName: string;
  portName: string;
  kernelClient: boolean;
  capability: number;
  type: number;
}

/**
 * The addon (native/). Numbers below zero are `-errno`. Arguments of the wrong type throw a TypeError, handles that
 * are not open give -EBADF. Handles belong to the thread that made them; doorbells to the whole process.
 */
export interface NativeAddon {
  readonly abi: number;

  /** Asks for SCHED_FIFO (reset on fork) at `priority`, else what is allowed, for the calling thread. */
  requestRealtime(priority: number): NativeGrant;
  /** Takes realtime priority from another thread of this process. */
  demote(tid: number): number;
  /** Writes CLOCK_MONOTONIC in ms to the first cell. */
  readClock(cells: Float64Array): void;

  createDoorbell(): number;
  closeDoorbell(doorbell: number): number;
  ring(doorbell: number): number;

  /**
   * @param cells over a SharedArrayBuffer, laid out as {@link CELL}
   */
  createWaiter(doorbell: number, cells: Float64Array): number;
  /** Lets `wait` end at MIDI input of this sequencer too; -1 for none. */
  watch(waiter: number, sequencer: number): number;
  /** Sleeps until the deadline in the cells, or `lead` before `send`, at most 50 ms; bit 0 of the result: rung, bit 1: MIDI input is there. */
  wait(waiter: number): number;
  /** Writes the time to the cells: a double as a result would cost an allocation. */
  now(waiter: number): number;
  closeWaiter(waiter: number): number;

  /**
   * Opens a client of the ALSA sequencer.
   * @param inbox over a SharedArrayBuffer, laid out as {@link INBOX}
   */
  openSequencer(clientName: string, inbox: Uint8Array): number;
  closeSequencer(sequencer: number): number;
  sequencerInfo(sequencer: number): NativeSequencerInfo | number;
  listPorts(sequencer: number): NativePort[] | number;
  /** Creates a port of ours: `input` makes it one that others send to. Returns its number. */
  createPort(sequencer: number, name: string, input: boolean): number;
  deletePort(sequencer: number, port: number): number;
  /** Connects a port of ours with that of another client, in the direction it was created for. */
  connect(sequencer: number, port: number, client: number, peerPort: number): number;
  disconnect(sequencer: number, port: number, client: number, peerPort: number): number;
  /** 1 where what a port of ours was connected with went away since, also where it is back; else 0. */
  isGone(sequencer: number, port: number): number;
  /** Sends one message, or the next piece of a sysex, to whoever is connected. */
  send(sequencer: number, port: number, bytes: Uint8Array, length: number): number;
  /** Puts the next message into the inbox and returns its length; 0 when there is none. */
  receive(sequencer: number): number;
}

/** Places in the memory that a waiter shares with the addon; float64, ms, times are engine time. */
export const CELL = {
  /** The wait ends then. */
  deadline: 0,
  /** What to add to engine time to get CLOCK_MONOTONIC. */
  offset: 1,
  /** Written by `now`. */
  now: 2,
  /** When something is to be sent: the thread is awake `lead` before. */
  send: 3,
  /** At most 1 ms, 0 for none. */
  lead: 4,
  count: 5
} as const;

/** Byte offsets in the memory that a sequencer shares with its driver. */
export const INBOX = {
  /** float64: when the message arrived, ms of engine time. */
  timeMs: 0,
  /** float64, written by the driver: what to add to engine time to get CLOCK_MONOTONIC. */
  offsetMs: 8,
  /** int32: our port it arrived at. */
  port: 16,
  /** int32: how often the set of ports changed. */
  changes: 20,
  /** int32: how often the kernel's input queue ran over and was emptied. */
  overruns: 24,
  /** The bytes of the message, up to the end. */
  bytes: 32
} as const;

/** The addon, or why there is none. */
export type NativeLoad = { addon: NativeAddon; path: string } | { addon: undefined; reason: string };

let loaded: NativeLoad | undefined;

/** Loads the addon once per thread. Never throws. */
export function loadNative(): NativeLoad {
  loaded ??= load();
  return loaded;
}

function load(): NativeLoad {
  if (process.platform !== 'linux') return missing(`there is none for ${process.platform}`);
  const root = ownPackage().folder;
  let reason = '';
  for (const path of candidates(root)) {
    if (!existsSync(path)) continue;
    try {
      const addon = require(path) as NativeAddon;
      if (addon.abi === NATIVE_ABI) return { addon, path };
      reason = `${path} is of another version (${addon.abi}, needed is ${NATIVE_ABI}); build it again or restart Node-RED`;
    } catch (error) {
      reason = `${path} does not load: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return missing(reason || `there is none for ${target()}; ${howToBuild(root)}`);
}

/** Only a checkout has what it takes to build one. */
function howToBuild(root: string): string {
  return existsSync(join(root, 'scripts', 'build-native.mjs'))
    ? `run "npm run build:native" in ${root}`
    : 'the package brings it for Linux on x64, arm64 and armv7';
}

function missing(reason: string): NativeLoad {
  return { addon: undefined, reason };
}

/**
 * Where the addon may be: our own build wins over a prebuilt one, PHASOR_NATIVE (a path) over both. Which C library
 * this Node.js has need not be known, because the file for the other one does not load.
 */
function candidates(root: string): string[] {
  const chosen = process.env['PHASOR_NATIVE'];
  if (chosen) return [chosen];
  const prebuilt = isOldArm() ? [] : [target(), `${target()}-musl`].map((name) => join('prebuilds', name));
  return ['build', ...prebuilt].map((folder) => join(root, 'native', folder, 'phasor.node'));
}

/** ARM before version 7 would stop at the first instruction that it does not know, and Node-RED with it. */
function isOldArm(): boolean {
  const { arm_version: version } = process.config.variables as { arm_version?: string };
  return process.arch === 'arm' && Number(version) < 7;
}

/** The name of this kind of machine among the prebuilt files. */
function target(): string {
  return `${process.platform}-${process.arch}`;
}

/**
 * What to add to engine time to get CLOCK_MONOTONIC, in ms. Both count the same clock from different origins, so one
 * careful reading holds for good: the narrowest of many readings of the one between two of the other.
 */
export function monotonicOffsetMs(native: NativeAddon): number {
  const cells = new Float64Array(new SharedArrayBuffer(8));
  let narrowestMs = Infinity;
  let offsetMs = 0;
  for (let i = 0; i < 200; i++) {
    const beforeMs = performance.now();
    native.readClock(cells);
    const afterMs = performance.now();
    if (afterMs - beforeMs < narrowestMs) {
      narrowestMs = afterMs - beforeMs;
      offsetMs = cells[0] - (beforeMs + afterMs) / 2;
    }
  }
  return offsetMs;
}
