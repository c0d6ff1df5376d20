import { DEFAULT_SETTINGS, Engine, type EngineSettings } from '../../nodes/engine';
import type { MidiDriver } from '../../nodes/engine/ports/driver';
import { InlineLink } from '../../nodes/engine/thread/inline-link';

/** What arrived at a port: when, in ms, and which bytes. */
export interface Heard {
  timeMs: number;
  bytes: number[];
}

/** An engine on a fake clock. */
export interface FakeEngine {
  engine: Engine;
  link: InlineLink;
  /** Lets time go by. */
  advance(ms: number): void;
  /** Starts to record what is sent to a loopback port. */
  record(port: string): Heard[];
}

/** @param hardware a driver to stand for real ports */
export function fakeEngine(settings: Partial<EngineSettings> = {}, hardware?: MidiDriver): FakeEngine {
  const all = { ...DEFAULT_SETTINGS, ...settings };
  let link!: InlineLink;
  const { maxPendingEvents, lateToleranceMs } = all;
  const engine = new Engine(
    all,
    (listener) => (link = new InlineLink(listener, { maxPendingEvents, lateToleranceMs }, hardware))
  );
  link.advance(0);
  return {
    engine,
    link,
    advance: (ms) => link.advance(ms),
    record: (port) => {
      const heard: Heard[] = [];
      engine.listen(port, (bytes, timeMs) => heard.push({ timeMs, bytes: [...bytes] }));
      link.advance(0);
      return heard;
    }
  };
}
