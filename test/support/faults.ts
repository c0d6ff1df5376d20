import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, Engine, type EngineSettings, type PortSpec } from '../../nodes/engine';
import { threadOptions } from '../../nodes/engine/engine';
import { ThreadLink } from '../../nodes/engine/thread/link';
import { TICKS_PER_QUARTER, type MusicEvent } from '../../nodes/music/event';
import { meter } from '../../nodes/music/meter';
import { ROOT } from './node-red';

/** See there. */
const CABLE = join(ROOT, 'test', 'runtime', 'tap', 'cable.js');
const { POINTS } = require(CABLE) as { POINTS: readonly string[] };

/** Where a worker can be made to throw. */
export const CRASH_POINTS = POINTS.slice(1).filter((point) => !point.startsWith('hang'));

/** What was sent to a port, and when, in engine time. */
export interface Sent {
  timeMs: number;
  bytes: number[];
}

/** All that was sent, as the other end of the cable has it: whatever became of the sender. */
export function readCable(file: string): Sent[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [timeMs, ...bytes] = line.split(' ').map(Number);
      return { timeMs, bytes };
    });
}

/** Notes and pedals that are down at the end: `status note`. */
export function soundingAfter(sent: readonly { bytes: readonly number[] }[]): string[] {
  const down = new Set<string>();
  for (const { bytes } of sent) {
    const [status, first, value] = bytes;
    const voice = `${status & 0xf} ${first}`;
    const isNote = status >> 4 === 8 || status >> 4 === 9;
    const isPedal = status >> 4 === 0xb && (first === 64 || first === 66);
    if (!isNote && !isPedal) continue;
    const key = `${isPedal ? 'pedal' : 'note'} ${voice}`;
    if (isPedal ? value >= 64 : status >> 4 === 9 && value > 0) down.add(key);
    else down.delete(key);
  }
  return [...down];
}

/** An engine on a real worker that can be made to fail. */
export class FaultyEngine {
  readonly engine: Engine;
  private readonly cells = new Int32Array(new SharedArrayBuffer(16));

  constructor(settings: Partial<EngineSettings>, options: { cable?: string; rtmidi?: boolean } = {}) {
    const all = { ...DEFAULT_SETTINGS, ...settings };
    const data = { ...options, cells: this.cells, engine: join(__dirname, '..', '..', 'nodes', 'engine') };
    const tampering = { module: CABLE, data };
    this.engine = new Engine(
      all,
      (listener) => new ThreadLink({ ...threadOptions(all), tampering }, listener)
    );
  }

  /** How often something has happened. */
  get fired(): number {
    return Atomics.load(this.cells, 3);
  }

  /** @param dead whether the worker cannot even end its notes then */
  arm(point: string, countdown = 1, dead = false): void {
    Atomics.store(this.cells, 1, countdown);
    Atomics.store(this.cells, 2, dead ? 1 : 0);
    Atomics.store(this.cells, 0, POINTS.indexOf(point));
  }

  /** Nothing happens any more, and what hangs goes on. */
  disarm(): void {
    Atomics.store(this.cells, 0, 0);
  }
}

/** Four voices of sixteenths at 140 BPM. */
export const STEP_MS = 60_000 / 140 / 4;
const STEP_TICKS = TICKS_PER_QUARTER / 4;
const VOICES = [36, 50, 64, 78];

/** Plays four voices of sixteenths with MIDI clock to an output, as patterns would. */
export function playQuartet(engine: Engine, spec: PortSpec, lookaheadMs = 150) {
  const wire = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
  const device = { name: 'device', spec, channel: 1, output: wire };
  const output = engine.openOutput('device', device, { outputChanged: () => undefined });
  const config = {
    bpm: 140,
    meter: meter(4, 4),
    lookaheadMs,
    clockWhileStopped: true,
    sendStartStop: true,
    sendSongPosition: true
  };
  const { transport } = engine.openTransport('clock', 'clock', config, {
    span: ({ clock, epoch, from, to, replay }) => {
      if (output.status.state === 'missing') return;
      output.lease(transport);
      for (let step = Math.ceil(from / STEP_TICKS); step * STEP_TICKS < to; step++) {
        VOICES.forEach((note, index) => {
          const channel = index + 1;
          const event: MusicEvent = {
            type: 'note',
            channel,
            note,
            velocity: 100,
            durationTicks: STEP_TICKS / 2
          };
          const at = { clock, epoch, tick: step * STEP_TICKS, source: 'quartet', ordinal: index, replay };
          output.send(event, at, { source: 'quartet', enteredMs: engine.now() });
        });
      }
    },
    beat: () => undefined,
    changed: () => undefined
  });
  return { output, transport };
}
