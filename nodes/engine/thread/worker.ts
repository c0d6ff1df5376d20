import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Command, News } from '../core/commands';
import { Core } from '../core/core';
import type { PortLimits } from '../core/port';
import { AlsaDriver } from '../ports/alsa';
import type { MidiDriver } from '../ports/driver';
import { LoopbackDriver } from '../ports/loopback';
import { loadRtMidi, RtMidiDriver } from '../ports/rtmidi';
import { Control, LAYOUT_VERSION, type SharedMemory } from '../shared/memory';
import { loadNative, type NativeAddon } from './native';
import { NativeWaiter } from './native-waiter';
import { requestPriority, type PriorityReport } from './priority';
import { PortableWaiter, type Waiter } from './waiter';

/** What the main thread hands to the worker. */
export interface WorkerInput {
  memory: SharedMemory;
  commands: MessagePort;
  /** Number of the native doorbell; undefined without the addon. */
  doorbell: number | undefined;
  limits: PortLimits;
  /** FIFO priority to ask for; 0 for none. */
  priority: number;
  clientName: string;
  /** Which driver to use for real ports; 'auto' takes the best there is. */
  driver: 'auto' | 'alsa' | 'rtmidi' | 'none';
  /** For tests: a module whose `tamper` stands between the core and the system. */
  tampering?: { module: string; data: unknown };
}

/** What the core uses of the system, and what a test may put something of its own in front of. */
export interface Seams {
  waiter: Waiter;
  drivers: { hardware: MidiDriver | undefined; loopback: MidiDriver };
}

/**
 * A little more than it takes to wake a thread and run the loop once. It costs up to that much of a core for each
 * moment at which something is sent: 0.6 % at 64 moments a second, MIDI clock and sixteenths at 120 BPM.
 */
const AWAKE_BEFORE_SENDING_MS = 0.1;

const NO_HRTIMER =
  'high resolution timer: the kernel has none loaded, so MIDI input is stamped to some milliseconds only; ' +
  'load the module snd-hrtimer';

const input = workerData as WorkerInput;
const control = new Int32Array(input.memory.control);

function openHardware(native: NativeAddon | undefined, refused: string[]): MidiDriver | undefined {
  if (native !== undefined && (input.driver === 'auto' || input.driver === 'alsa')) {
    try {
      const driver = new AlsaDriver(native, input.clientName);
      if (!driver.hrtimer) refused.push(NO_HRTIMER);
      return driver;
    } catch (error) {
      refused.push(`alsa: ${(error as Error).message}`);
    }
  }
  if (input.driver === 'auto' || input.driver === 'rtmidi') {
    const loaded = loadRtMidi();
    if (loaded.module === undefined) {
      refused.push(`rtmidi: ${loaded.reason}`);
      return undefined;
    }
    try {
      return new RtMidiDriver(loaded.module);
    } catch (error) {
      refused.push(`rtmidi: ${(error as Error).message}`);
    }
  }
  return undefined;
}

/** Where no priority is wished the thread stays as it is. */
const UNASKED: PriorityReport = { granted: 'none', priority: 0, tid: 0, reason: '', advice: '' };

function tampered(seams: Seams): Seams {
  if (input.tampering === undefined) return seams;
  const { module, data } = input.tampering;
  const { tamper } = require(module) as { tamper: (seams: Seams, data: unknown) => Seams };
  return tamper(seams, data);
}

function tell(news: News): void {
  parentPort?.postMessage(news);
}

/** Runs until it is told to stop. Never returns to Node's event loop in between: nothing else may take its time. */
function run(): void {
  if (input.memory.layout !== LAYOUT_VERSION) throw new Error('the package was updated: restart Node-RED');
  const loaded = loadNative();
  const refused: string[] = [];
  if (loaded.addon === undefined) refused.push(`native addon: ${loaded.reason}`);
  const native = input.doorbell === undefined ? undefined : loaded.addon;
  const hardware = openHardware(loaded.addon, refused);
  let waiter: Waiter;
  let nativeWaiter: NativeWaiter | undefined;
  if (native !== undefined && input.doorbell !== undefined) {
    nativeWaiter = new NativeWaiter(native, input.doorbell);
    if (hardware instanceof AlsaDriver) nativeWaiter.watch(hardware.sequencer);
    waiter = nativeWaiter;
  } else {
    waiter = new PortableWaiter(control);
  }
  const seams = tampered({ waiter, drivers: { hardware, loopback: new LoopbackDriver() } });
  const core = new Core({
    ...seams,
    memory: input.memory,
    limits: input.limits,
    takeCommand: () => receiveMessageOnPort(input.commands)?.message as Command | undefined,
    tell,
    knock: () => {
      if (Atomics.exchange(control, Control.knocked, 1) === 0) parentPort?.postMessage(null);
    }
  });
  // Last, so that threads which the drivers started do not inherit it.
  const priority = input.priority === 0 ? UNASKED : requestPriority(input.priority, loaded.addon);
  if (priority.granted === 'fifo') nativeWaiter?.wakeEarly(AWAKE_BEFORE_SENDING_MS);
  tell({
    op: 'ready',
    driver: seams.drivers.hardware?.name ?? 'none',
    waiter: waiter.name,
    granted: priority.granted,
    priority: priority.priority,
    tid: priority.tid,
    advice: priority.advice,
    refused
  });
  core.tellPorts(waiter.now());
  try {
    while (Atomics.load(control, Control.stop) === 0) {
      core.pass();
      seams.waiter.wait(core.nextMs, core.sendMs);
    }
  } finally {
    core.close();
    Atomics.store(control, Control.stop, 2);
    Atomics.notify(control, Control.stop);
  }
  process.exit(0);
}

run();
