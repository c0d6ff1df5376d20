import { runningEngine } from '../engine';
import { InvalidParameter } from '../music/errors';
import type { MidiPart } from '../music/midi-file';
import { patternFromEvents, type Pattern } from '../music/pattern';
import { isBlank } from '../music/player/settings';
import { toBoolean } from '../palette/control';
import { storeOf } from '../palette/files-admin';
import { readWhen, type ControlMessage } from './controls';
import { fileText, HELD, readFileChoice } from './file-choice';
import type { PatternHost, SourcePart } from './part';
import { readPatternFile, summaryOf } from './pattern-file';
import type { When } from './pattern-config';
import { OpenFile, PatternLibrary } from './pattern-library';

/** A pattern from the store, or from bytes that came by message. */
export function openFile(host: PatternHost): SourcePart {
  return new FilePart(host);
}

const SILENCE = patternFromEvents([]);

class FilePart implements SourcePart {
  private readonly library: PatternLibrary;
  private readonly leave: () => void;
  /** What came by message; it outlives a deploy. */
  private readonly held: { file: OpenFile | undefined };
  /** What was last played of each text, and goes on when its file breaks. */
  private readonly played = new Map<string, Pattern>();
  /** Texts that could not be read when the node was deployed, or since their file changed, and what was wrong. */
  private readonly broken = new Map<string, Error>();
  /** A node whose file is missing waits for it; a message that names such a file is refused. */
  private isStarting = true;

  constructor(private readonly host: PatternHost) {
    this.library = PatternLibrary.of(storeOf(host.RED, 'patterns'));
    this.leave = this.library.use((names) => this.filesChanged(names));
    const make = () => ({ file: undefined as OpenFile | undefined });
    this.held = runningEngine()?.openState(`${host.id} file`, make).state ?? make();
    queueMicrotask(() => (this.isStarting = false));
  }

  read({ file: text }: { file?: string }): Pattern {
    if (isBlank(text)) return SILENCE;
    const stale = this.broken.get(text!) === undefined ? undefined : (this.played.get(text!) ?? SILENCE);
    if (stale !== undefined) return stale;
    try {
      const { name, track, channel } = readFileChoice(text!);
      // After a restart nothing is held any more, until it comes again.
      const file = name === HELD ? this.held.file : this.library.open(name);
      const pattern = file?.part({ track, channel }).pattern ?? SILENCE;
      this.remember(text!, pattern);
      return pattern;
    } catch (error) {
      if (!this.isStarting) throw error;
      this.broken.set(text!, error as Error);
      this.host.fail(error as Error);
      return SILENCE;
    }
  }

  marks({ file }: { file?: string }): MidiPart | undefined {
    const { name, track, channel } = readFileChoiceOrNone(file ?? '');
    if (name === undefined || this.broken.has(file!)) return undefined;
    try {
      return (name === HELD ? this.held.file : this.library.open(name))?.part({ track, channel });
    } catch {
      return undefined; // gone a moment ago, which is told when it is noticed
    }
  }

  problem({ file }: { file?: string }): Error | undefined {
    return isBlank(file) ? undefined : this.broken.get(file!);
  }

  /** `{ file, track, channel }`, `{ midi: <bytes>, track, channel }`, or the topic `file` or `midi` with its value. */
  receive({ topic, payload, when }: ControlMessage): boolean {
    const asked = askedFor(topic, payload);
    if (asked === undefined) return false;
    const { midi, file, track, channel, fileTempo } = asked;
    const time = when === undefined ? undefined : readWhen(when);
    const leads = fileTempo === undefined ? {} : { fileTempo: toBoolean('fileTempo', fileTempo) };
    if (midi === undefined) this.play({ file: readChoice(String(file), track, channel), ...leads }, time);
    else this.hold(bytesOf(midi), { file: readChoice(HELD, track, channel), ...leads }, time);
    return true;
  }

  close(removed: boolean): void {
    this.leave();
    runningEngine()?.closeState(`${this.host.id} file`, removed);
  }

  private play(fields: Asked, when: When | undefined): void {
    const { name, track, channel } = readFileChoice(fields.file);
    // A file that was broken gets another chance; where it still is, what plays in its place plays on.
    const file = name === HELD ? this.held.file : this.library.open(name);
    file?.part({ track, channel });
    const wasBroken = this.broken.delete(fields.file);
    this.host.set({ source: 'file', ...fields }, when);
    if (wasBroken) this.host.changed(when);
    this.tell(name, file);
  }

  private hold(bytes: Uint8Array, fields: Asked, when: When | undefined): void {
    const { track, channel } = readFileChoice(fields.file);
    const file = new OpenFile(readPatternFile('message.mid', bytes));
    file.part({ track, channel });
    this.held.file = file;
    this.played.clear();
    this.host.set({ source: 'file', ...fields }, when);
    // The same text may have named other bytes before.
    this.host.changed(when);
    this.tell(HELD, file);
  }

  private tell(name: string, file: OpenFile | undefined): void {
    if (file !== undefined)
      this.host.tell({ topic: 'file', payload: { type: 'file', file: name, ...summaryOf(file.content) } });
  }

  /** Files that this node plays, or waits for, are read again; one that is gone or broken plays on as it was. */
  private filesChanged(names: readonly string[]): void {
    let isOurs = false;
    for (const text of new Set([...this.played.keys(), ...this.broken.keys()])) {
      const { name, track, channel } = readFileChoiceOrNone(text);
      if (name === undefined || !names.includes(name)) continue;
      isOurs = true;
      this.broken.delete(text);
      try {
        this.library.open(name).part({ track, channel });
      } catch (error) {
        this.broken.set(text, error as Error);
        this.host.fail(error as Error);
      }
    }
    if (isOurs) this.host.changed();
  }

  private remember(text: string, pattern: Pattern): void {
    if (this.played.size >= MAX_REMEMBERED) this.played.clear();
    this.played.set(text, pattern);
  }
}

/** What a message sets. */
interface Asked {
  readonly file: string;
  readonly fileTempo?: boolean;
}

/** What a message asks to be played; undefined where it asks for something else. */
function askedFor(topic: unknown, payload: unknown): Record<string, unknown> | undefined {
  if (topic === 'midi' || (topic === 'file' && typeof payload === 'string')) return { [topic]: payload };
  if (typeof payload !== 'object' || payload === null) return undefined;
  const keys = Object.keys(payload);
  if (keys.includes('midi') === keys.includes('file')) return undefined;
  const isAll = keys.every((key) => ['midi', 'file', 'track', 'channel', 'fileTempo'].includes(key));
  return isAll ? (payload as Record<string, unknown>) : undefined;
}

/** As many as a list of following patterns may have, and some. */
const MAX_REMEMBERED = 100;

function readFileChoiceOrNone(text: string): Partial<ReturnType<typeof readFileChoice>> {
  try {
    return readFileChoice(text);
  } catch {
    return {};
  }
}

/** The text for what a message asks for. Throws InvalidParameter or OutOfBounds. */
function readChoice(file: string, track: unknown, channel: unknown): string {
  const choice = readFileChoice(file);
  const text = fileText({
    name: choice.name,
    track: isBlank(track) ? choice.track : (track as number),
    channel: isBlank(channel) ? choice.channel : (channel as number)
  });
  return fileText(readFileChoice(text));
}

function bytesOf(midi: unknown): Uint8Array {
  if (midi instanceof Uint8Array) return midi;
  if (typeof midi === 'string' && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(midi))
    return Buffer.from(midi, 'base64');
  if (Array.isArray(midi)) return Uint8Array.from(midi as number[]);
  throw new InvalidParameter(
    'midi',
    midi,
    'the bytes of a MIDI file are needed: a Buffer, an array, or base64'
  );
}
