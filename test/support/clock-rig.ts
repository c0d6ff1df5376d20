import { meter } from '../../nodes/music/meter';
import type { Beat, ClockConfig, OutputHandle, Span, TransportHandle } from '../../nodes/engine';
import type { FakeEngine, Heard } from './fake-engine';

/** A clock on a fake engine, without a node, and all that it said. */
export interface ClockRig {
  transport: TransportHandle;
  spans: Span[];
  beats: Beat[];
  /** Outputs that get MIDI clock as long as the clock speaks. */
  wired: OutputHandle[];
}

export function clockRig(fake: FakeEngine, config: Partial<ClockConfig> = {}, id = 'clock'): ClockRig {
  const rig: Omit<ClockRig, 'transport'> = { spans: [], beats: [], wired: [] };
  const { transport } = fake.engine.openTransport(
    id,
    id,
    {
      bpm: 120,
      meter: meter(4, 4),
      lookaheadMs: 150,
      clockWhileStopped: true,
      sendStartStop: true,
      sendSongPosition: true,
      ...config
    },
    {
      span: (span) => {
        rig.spans.push(span);
        for (const output of rig.wired) output.lease(transport);
      },
      beat: (beat) => rig.beats.push(beat),
      changed: () => undefined
    }
  );
  fake.advance(0);
  return Object.assign(rig, { transport });
}

/** Opens an output to the loopback port of its name. */
export function openOutput(fake: FakeEngine, port: string, offsetMs = 0): OutputHandle {
  const output = { offsetMs, usPerByte: 0, controlShare: 0.5 };
  const spec = { mode: 'loopback' as const, port };
  const config = { name: port, spec, channel: 1, output };
  const opened = fake.engine.openOutput(port, config, { outputChanged: () => undefined });
  fake.advance(0);
  return opened;
}

/** What arrived, and where the song was at that moment if it has no loops: there run ticks are positions. */
export interface Followed extends Heard {
  song: number;
}

/** Gives an output the MIDI clock of a rig, and returns all that arrives there from now on. */
export function wire(fake: FakeEngine, rig: ClockRig, port: string, offsetMs = 0): Followed[] {
  const heard: Followed[] = [];
  fake.engine.listen(port, (bytes, timeMs) => {
    const { tempo, shift } = rig.transport.state();
    heard.push({ timeMs, bytes: [...bytes], song: tempo.tickAt(timeMs) - shift });
  });
  fake.advance(0);
  const output = openOutput(fake, port, offsetMs);
  rig.wired.push(output);
  output.lease(rig.transport);
  fake.advance(0);
  return heard;
}
