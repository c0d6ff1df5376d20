import { join } from 'node:path';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Command, News } from '../core/commands';
import { allocateMemory, Control, type SharedMemory } from '../shared/memory';
import { loadNative } from './native';
import { NativeDoorbell } from './native-waiter';
import { PortableDoorbell, type Doorbell } from './waiter';
import type { WorkerInput } from './worker';

/** What the engine hears from the other side. */
export interface LinkListener {
  /** There are records in the outbox. */
  knocked(): void;
  news(news: News): void;
  /** The other side is no more; `error` is undefined after a stop that was asked for. */
  ended(error: Error | undefined): void;
  /** It hangs and cannot be ended without harm. */
  stuck(error: Error): void;
  /** It was stuck and goes on. */
  unstuck(): void;
}

/** The engine's connection to the core: a thread of its own, or, in tests, the same thread on a fake clock. */
export interface EngineLink {
  readonly memory: SharedMemory;
  /** Engine time in ms. */
  now(): number;
  /** Puts a command on the slow lane; its marker in the inbox says when it is taken. */
  post(command: Command): void;
  /** Wakes the core: there are records in the inbox. */
  ring(): void;
  /** Calls back in this thread at an engine time or soon after. Returns a function that calls it off. */
  callAt(timeMs: number, ring: () => void): () => void;
  /** Releases all notes and ends. */
  stop(): Promise<void>;
}

export type LinkFactory = (listener: LinkListener) => EngineLink;

export interface ThreadOptions extends Omit<WorkerInput, 'memory' | 'commands' | 'doorbell'> {
  /** A worker whose loop stands still for this long hangs; it turns at least every 50 ms. */
  hangMs: number;
}

/** How long the worker may take to release all notes: on exit nothing can be waited for any longer. */
const EXIT_MS = 250;
const STOP_MS = 2000;

/** How often the main loop shows that it is alive. */
export const HEARTBEAT_MS = 100;

/** Runs the core in a worker thread. */
export class ThreadLink implements EngineLink {
  readonly memory = allocateMemory();
  private readonly control = new Int32Array(this.memory.control);
  private readonly commands: MessagePort;
  private readonly doorbell: Doorbell & { dispose?(): void };
  private readonly worker: Worker;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly ended: Promise<void>;
  private stopping = false;
  private failure: Error | undefined;
  private isStuck = false;
  /** What the worker said of its thread and its driver; undefined until it is ready. */
  private self: Extract<News, { op: 'ready' }> | undefined;
  private beatSeen = 0;
  private beatSeenMs = performance.now();
  private checkedMs = performance.now();
  private readonly hangMs: number;
  private readonly onExit = () => this.stopNow();

  constructor(
    { hangMs, ...options }: ThreadOptions,
    private readonly listener: LinkListener
  ) {
    this.hangMs = hangMs;
    const { addon } = loadNative();
    const native = addon === undefined ? undefined : new NativeDoorbell(addon);
    this.doorbell = native ?? new PortableDoorbell(this.control);
    const { port1, port2 } = new MessageChannel();
    this.commands = port1;
    const workerData: WorkerInput = {
      ...options,
      memory: this.memory,
      commands: port2,
      doorbell: native?.number
    };
    this.worker = new Worker(join(__dirname, 'worker.js'), {
      workerData,
      transferList: [port2],
      name: 'phasor'
    });
    this.worker.on('message', (news: News | null) => {
      if (news === null) return listener.knocked();
      if (news.op === 'ready') this.self = news;
      listener.news(news);
    });
    this.worker.on('error', (error) => (this.failure = error));
    this.worker.on('messageerror', (error) => (this.failure = error));
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', () => {
        this.release();
        listener.ended(this.stopping ? undefined : (this.failure ?? new Error('it exited by itself')));
        resolve();
      });
    });
    this.worker.unref();
    this.commands.unref();
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heartbeat.unref();
    process.on('exit', this.onExit);
  }

  now(): number {
    return performance.now();
  }

  post(command: Command): void {
    this.commands.postMessage(command);
  }

  ring(): void {
    this.doorbell.ring();
  }

  callAt(timeMs: number, ring: () => void): () => void {
    const timer = setTimeout(ring, Math.max(0, timeMs - performance.now())).unref();
    return () => clearTimeout(timer);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    Atomics.compareExchange(this.control, Control.stop, 0, 1);
    this.doorbell.ring();
    this.worker.ref();
    let tooLong: NodeJS.Timeout | undefined;
    const leftAlone = new Promise<void>((resolve) => {
      tooLong = setTimeout(() => {
        if (!this.isInRtMidi()) return void this.worker.terminate();
        this.worker.unref();
        resolve();
      }, STOP_MS);
    });
    await Promise.race([this.ended, leftAlone]);
    clearTimeout(tooLong);
  }

  private beat(): void {
    this.control[Control.mainBeat]++;
    const nowMs = performance.now();
    const beat = Atomics.load(this.control, Control.workerBeat);
    // Where this thread was blocked itself, or the process was stopped, nothing is known of the worker.
    const awake = nowMs - this.checkedMs < 3 * HEARTBEAT_MS;
    this.checkedMs = nowMs;
    if (beat !== this.beatSeen || !awake || this.self === undefined) {
      if (this.isStuck && beat !== this.beatSeen) {
        this.isStuck = false;
        this.listener.unstuck();
      }
      this.beatSeen = beat;
      this.beatSeenMs = nowMs;
    } else if (nowMs - this.beatSeenMs > this.hangMs && this.failure === undefined && !this.isStuck) {
      this.endHung(this.self);
    }
  }

  /** Ending a thread inside RtMidi would take the whole process with it. */
  private isInRtMidi(): boolean {
    return this.self?.driver === 'rtmidi';
  }

  /** A worker that hangs at realtime priority takes a whole core: it loses that first. */
  private endHung({ tid }: Extract<News, { op: 'ready' }>): void {
    const error = new Error(`it did not answer for ${this.hangMs} ms`);
    const { addon } = loadNative();
    if (addon !== undefined && tid !== 0) addon.demote(tid);
    if (this.isInRtMidi()) {
      this.isStuck = true;
      return this.listener.stuck(error);
    }
    this.failure = error;
    void this.worker.terminate();
    this.doorbell.ring();
  }

  /** For the process's exit: waits, because nothing runs after it. */
  private stopNow(): void {
    if (Atomics.compareExchange(this.control, Control.stop, 0, 1) === 2) return;
    this.doorbell.ring();
    Atomics.wait(this.control, Control.stop, 1, EXIT_MS);
  }

  private release(): void {
    clearInterval(this.heartbeat);
    process.off('exit', this.onExit);
    this.commands.close();
    this.doorbell.dispose?.();
  }
}
