import type { Store } from '../palette/store';
import { partOfFile, readPatternFile, type PatternFile } from './pattern-file';
import type { MidiChoice, MidiPart } from '../music/midi-file';

/** Files that are kept once they were read. */
const MAX_FILES = 16;
/** Parts of a file that are kept: what the dialogs of a set of patterns choose. */
const MAX_PARTS = 64;

/** A file that was read, and those of its parts that were asked for. */
export class OpenFile {
  private readonly parts = new Map<string, MidiPart>();

  constructor(readonly content: PatternFile) {}

  /** Throws where there is no such part. The same choice has the same answer. */
  part({ track, channel }: MidiChoice): MidiPart {
    const key = JSON.stringify([track, channel]);
    const part = this.parts.get(key) ?? partOfFile(this.content, { track, channel });
    if (this.parts.size >= MAX_PARTS) this.parts.clear();
    this.parts.set(key, part);
    return part;
  }
}

/** Files of a store as patterns, read once for all nodes that play them, and again when they have changed. */
export class PatternLibrary {
  private readonly files = new Map<string, OpenFile>();
  private readonly users = new Set<(names: readonly string[]) => void>();
  private stop: () => void = () => undefined;

  private static readonly all = new WeakMap<Store, PatternLibrary>();

  static of(store: Store): PatternLibrary {
    const library = PatternLibrary.all.get(store) ?? new PatternLibrary(store);
    PatternLibrary.all.set(store, library);
    return library;
  }

  private constructor(private readonly store: Store) {}

  /** Tells of files that have changed, until the returned function is called. */
  use(changed: (names: readonly string[]) => void): () => void {
    this.users.add(changed);
    if (this.users.size === 1) this.stop = this.store.watch((names) => this.changed(names));
    return () => {
      if (!this.users.delete(changed) || this.users.size > 0) return;
      this.stop();
      // Nobody would be told that they have changed.
      this.files.clear();
    };
  }

  /** Throws FileNotFound, FileUnavailable, FileTooLarge, or what is wrong in the file. */
  open(name: string): OpenFile {
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const file = new OpenFile(readPatternFile(name, this.store.read(name)));
    if (this.files.size >= MAX_FILES) this.files.delete(this.files.keys().next().value!);
    if (this.users.size > 0) this.files.set(name, file);
    return file;
  }

  private changed(names: readonly string[]): void {
    for (const name of names) this.files.delete(name);
    for (const changed of [...this.users]) changed(names);
  }
}
