import { InvalidParameter, integerWithin, numberWithin } from '../music/errors';
import { writeMidiFile } from '../music/midi-file';
import { cyclesOf } from '../music/mutation/materialise';
import { MAX_CYCLE_TICKS, type EventPattern, type Pattern, type PatternEvent } from '../music/pattern';
import { MAX_PATTERN_EVENTS, patternToJson } from '../music/pattern-json';
import { MAX_BPM, MIN_BPM } from '../music/tempo';
import { checkFileName, extensionOf, toFileName } from '../palette/file-kinds';
import { storeOf } from '../palette/files-admin';
import type { ControlMessage } from './controls';
import type { Marks, PatternHost, PatternPart } from './part';

/** What there is to write. */
export interface Exported {
  readonly pattern: Pattern;
  readonly marks?: Marks;
}

const FORMATS = ['midi', 'json'] as const;
type Format = (typeof FORMATS)[number];

/**
 * Writes what the node plays, before its settings of play: `{ export: 'midi' | 'json' }` sends the file on the second
 * output, `{ save: 'name.mid' }` keeps it in the store. Further keys: `name`, and of a pattern that varies how many
 * `cycles` (as many as it takes to repeat) from number `cycle` (0) on; `bpm` where no file tells a tempo.
 */
export function openExport(host: PatternHost, exported: () => Exported): PatternPart {
  const store = storeOf(host.RED, 'patterns');
  return {
    receive({ topic, payload }: ControlMessage) {
      const asked =
        (topic === 'export' || topic === 'save') && typeof payload === 'string'
          ? { [topic]: payload }
          : ((payload ?? {}) as Record<string, unknown>);
      const { export: format, save, name, ...options } = asked as Record<string, unknown>;
      if (format === undefined && save === undefined) return false;
      if (save !== undefined) {
        const file = checkFileName('patterns', save);
        const kind = extensionOf(file) === 'json' ? 'json' : 'midi';
        const bytes = write(kind, exported(), file.replace(/\.[^.]+$/, ''), options);
        store
          .write(file, bytes)
          .then((name) => host.tell({ topic: 'saved', payload: name }))
          .catch((error: Error) => host.fail(error));
        return true;
      }
      const kind = readFormat(format);
      const title = typeof name === 'string' ? name : 'pattern';
      const filename = toFileName('patterns', title, kind === 'json' ? 'json' : 'mid');
      const bytes = write(kind, exported(), filename.replace(/\.[^.]+$/, ''), options);
      host.tell({ topic: kind, payload: bytes, filename });
      return true;
    }
  };
}

function readFormat(value: unknown): Format {
  if (FORMATS.includes(value as Format)) return value as Format;
  throw new InvalidParameter('export', value, `one of ${FORMATS.join(', ')} is needed`);
}

function write(
  format: Format,
  { pattern, marks }: Exported,
  name: string,
  options: Record<string, unknown>
): Buffer {
  const { events, lengthTicks } = eventsOf(pattern, options);
  if (format === 'json') {
    return Buffer.from(
      JSON.stringify(patternToJson({ cycleTicks: lengthTicks, events }, name.slice(0, 100)))
    );
  }
  const bpm = options.bpm === undefined ? 120 : numberWithin('bpm', options.bpm, MIN_BPM, MAX_BPM);
  const own = marks?.tempos ?? [];
  const tempos =
    own.length > 0 && options.bpm === undefined
      ? own
      : [{ position: 0, bpm, microsecondsPerQuarter: Math.min(Math.round(60_000_000 / bpm), 0xffffff) }];
  const signatures = marks?.signatures ?? [];
  return Buffer.from(writeMidiFile({ events, lengthTicks, name, bpm, tempos, signatures }));
}

/** The events of some cycles, from position 0 on. */
function eventsOf(
  pattern: Pattern,
  options: Record<string, unknown>
): { events: readonly PatternEvent[]; lengthTicks: number } {
  const { cycleTicks } = pattern;
  const maxCycles = Math.max(1, Math.floor(MAX_CYCLE_TICKS / cycleTicks));
  const { cycles: rawCycles, cycle: rawCycle = 0 } = options;
  const unknown = Object.keys(options).find((key) => !['cycles', 'cycle', 'bpm'].includes(key));
  if (unknown !== undefined)
    throw new InvalidParameter('export', unknown, 'only name, cycles, cycle and bpm are known');
  const cycles =
    rawCycles === undefined ? cyclesOf(pattern) : integerWithin('cycles', rawCycles, 1, maxCycles);
  const cycle = integerWithin('cycle', rawCycle, 0, 1_000_000);
  const own = (pattern as Partial<EventPattern>).events;
  if (own !== undefined && cycles === 1) return { events: own, lengthTicks: cycleTicks };
  const from = cycle * cycleTicks;
  const lengthTicks = cycles * cycleTicks;
  const events = pattern.query(from, from + lengthTicks).map((item) => ({
    ...item,
    position: Math.min(item.position - from, lengthTicks * (1 - Number.EPSILON))
  }));
  if (events.length > MAX_PATTERN_EVENTS)
    throw new InvalidParameter('cycles', cycles, `at most ${MAX_PATTERN_EVENTS} events can be written`);
  return { events, lengthTicks };
}
