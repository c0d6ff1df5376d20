import type { Command, News } from '../core/commands';
import { Core } from '../core/core';
import type { PortLimits } from '../core/port';
import type { MidiDriver } from '../ports/driver';
import { LoopbackDriver } from '../ports/loopback';
import { allocateMemory, Control } from '../shared/memory';
import { RecordRing } from '../shared/ring';
import { HEARTBEAT_MS, type EngineLink, type LinkListener } from './link';
import type { Waiter } from './waiter';

/** A clock that moves only when it is told to. */
export class FakeWaiter implements Waiter {
  readonly name = 'fake';
  nowMs = 0;

  now(): number {
    return this.nowMs;
  }

  wait(deadlineMs: number): void {
    this.nowMs = Math.max(this.nowMs, deadlineMs);
  }
}

/**
 * Runs the core in the calling thread on a clock of its own: the engine as it is, in time that goes by only when
 * {@link advance} is called. For tests, and for rendering faster than it sounds.
 */
export class InlineLink implements EngineLink {
  readonly memory = allocateMemory();
  readonly core: Core;
  /** Whether the main thread hears of records; false is a main thread that is blocked. */
  listening = true;
  private readonly inbox = new RecordRing(this.memory.inbox);
  private readonly commands: Command[] = [];
  private readonly control = new Int32Array(this.memory.control);
  private knocked = false;
  private news: News[] = [];
  private alarms: { timeMs: number; ring: () => void }[] = [];

  constructor(
    private readonly listener: LinkListener,
    limits: PortLimits,
    hardware?: MidiDriver,
    readonly waiter = new FakeWaiter()
  ) {
    this.core = new Core({
      waiter: this.waiter,
      memory: this.memory,
      drivers: { hardware, loopback: new LoopbackDriver(() => this.waiter.nowMs) },
      limits,
      takeCommand: () => this.commands.shift(),
      tell: (news) => this.news.push(news),
      knock: () => (this.knocked = true)
    });
    this.news.push({
      op: 'ready',
      driver: hardware?.name ?? 'none',
      waiter: 'fake',
      granted: 'none',
      priority: 0,
      tid: 0,
      advice: '',
      refused: []
    });
    this.core.tellPorts(waiter.now());
  }

  now(): number {
    return this.waiter.nowMs;
  }

  post(command: Command): void {
    this.commands.push(command);
  }

  ring(): void {}

  callAt(timeMs: number, ring: () => void): () => void {
    const alarm = { timeMs, ring };
    this.alarms.push(alarm);
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm);
    };
  }

  stop(): Promise<void> {
    this.core.close();
    this.listener.ended(undefined);
    return Promise.resolve();
  }

  /** For tests: the core ends as a worker does that threw, after its last will or without it. */
  crash(error: Error, released: boolean): void {
    if (released) this.core.close();
    // As with a thread, what it said before is heard.
    this.tellMain();
    this.listener.ended(error);
  }

  /** One pass of the loop, and what it has to say; repeated while the answers make more work. */
  settle(): number {
    for (;;) {
      const nextMs = this.core.turn();
      this.tellMain();
      const answered = this.inbox.length > 0 || (this.knocked && this.listening);
      if (nextMs > this.waiter.nowMs && !answered) return nextMs;
    }
  }

  /** Lets time go by, deadline by deadline, as the worker would live through it. */
  advance(ms: number): void {
    const endMs = this.waiter.nowMs + ms;
    for (let nextMs = this.nextMs(); nextMs <= endMs; nextMs = this.nextMs()) {
      this.moveTo(Math.max(nextMs, this.waiter.nowMs));
      this.ringAlarms();
    }
    this.moveTo(endMs);
    this.settle();
  }

  private nextMs(): number {
    const nextMs = this.settle();
    return this.listening ? Math.min(nextMs, ...this.alarms.map(({ timeMs }) => timeMs)) : nextMs;
  }

  private ringAlarms(): void {
    if (!this.listening) return;
    const due = this.alarms.filter(({ timeMs }) => timeMs <= this.waiter.nowMs);
    this.alarms = this.alarms.filter(({ timeMs }) => timeMs > this.waiter.nowMs);
    for (const { ring } of due) ring();
  }

  /** The main loop's heart beats while it is not blocked. */
  private moveTo(ms: number): void {
    if (this.listening) {
      const beats = Math.floor(ms / HEARTBEAT_MS) - Math.floor(this.waiter.nowMs / HEARTBEAT_MS);
      this.control[Control.mainBeat] += beats;
    }
    this.waiter.nowMs = ms;
  }

  private tellMain(): void {
    if (!this.listening) return;
    const news = this.news;
    this.news = [];
    for (const item of news) this.listener.news(item);
    if (!this.knocked) return;
    this.knocked = false;
    this.listener.knocked();
  }
}
