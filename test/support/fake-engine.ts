import { DEFAULT_SETTINGS, Engine, type ClockConfig, type EngineSettings } from '../../nodes/engine';
import type { MidiDriver } from '../../nodes/engine/ports/driver';
import { FakeWaiter, InlineLink } from '../../nodes/engine/thread/inline-link';
import { meter } from '../../nodes/music/meter';

/** A clock as its dialog sets it at first. */
export const CLOCK: ClockConfig = {
  bpm: 120,
  meter: meter(4, 4),
  lookaheadMs: 150,
  clockWhileStopped: true,
  sendStartStop: true,
  sendSongPosition: true
};

/** What arrived at a port: when, in ms, and which bytes. */
export interface Heard {
  timeMs: number;
  bytes: number[];
}

/** An engine on a fake clock. */
export interface FakeEngine {
  engine: Engine;
  /** The core's side; another one after a crash. */
  readonly link: InlineLink;
  /** Lets time go by. */
  advance(ms: number): void;
  /** Starts to record what is sent to a loopback port. */
  record(port: string): Heard[];
}

/** @param hardware a driver to stand for real ports */
export function fakeEngine(settings: Partial<EngineSettings> = {}, hardware?: MidiDriver): FakeEngine {
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const waiter = new FakeWaiter();
  let link!: InlineLink;
  const { maxPendingEvents, lateToleranceMs } = all;
  const limits = { maxPendingEvents, lateToleranceMs };
  const engine = new Engine(all, (listener) => (link = new InlineLink(listener, limits, hardware, waiter)));
  link.advance(0);
  return {
    engine,
    get link() {
      return link;
    },
    advance: (ms) => link.advance(ms),
    record: (port) => {
      const heard: Heard[] = [];
      engine.listen(port, (bytes, timeMs) => heard.push({ timeMs, bytes: [...bytes] }));
      link.advance(0);
      return heard;
    }
  };
}
