import { EventEmitter } from 'node:events';
import { BUILT_IN, ProfileError, profileNamed, type Profile } from '../music/profile';
import { said, type Words } from '../music/words';
import type { Store } from '../palette/store';
import { profileFromCsv } from './profile-csv';
import { profilesFromText, profileToYaml } from './profile-text';

/** The files of the user directory that hold profiles. */
export type ProfileFiles = Pick<Store, 'list' | 'read' | 'write' | 'watch'>;

/** A profile that can be chosen. */
export interface Listed {
  id: string;
  name: string;
  source?: string;
  firmware?: string;
  /** The file that it is from; undefined for built-in ones. */
  file?: string;
}

const EXTENSION = /\.[^.]+$/;

/**
 * All profiles that can be named: the built-in ones and those of the user's files. A file that cannot be read leaves
 * what it said before in use. Emits `changed`, and `problem` with an error for the log.
 */
export class Library extends EventEmitter<{ changed: []; problem: [Error] }> {
  /** By file: what it holds, and what is wrong with it now. */
  private readonly files = new Map<string, { text: string; profiles: Profile[]; error?: Error }>();
  private endWatch: (() => void) | undefined;
  private users = 0;

  /** @param store undefined where there is no user directory */
  constructor(private readonly store: ProfileFiles | undefined) {
    super();
    this.setMaxListeners(0);
  }

  /** Reads the files, and follows their changes for as long as somebody does. Returns what ends it. */
  follow(): () => void {
    if (this.users++ === 0) {
      this.endWatch = this.store?.watch(() => this.refresh());
      this.refresh();
    }
    return () => {
      if (--this.users === 0) this.endWatch?.();
    };
  }

  /** The profile with an id; undefined where there is none. */
  named(id: string): Profile | undefined {
    return profileNamed(id) ?? this.ofFiles().find(({ profile }) => profile.id === id)?.profile;
  }

  list(): Listed[] {
    const about = ({ id, name, source, firmware }: Profile) => ({ id, name, source, firmware });
    const builtIn = BUILT_IN.map((id) => about(profileNamed(id) as Profile));
    return [...builtIn, ...this.ofFiles().map(({ profile, file }) => ({ ...about(profile), file }))];
  }

  /** What is wrong with files of now. */
  problems(): { file: string; message: string }[] {
    return [...this.files].flatMap(([file, { error }]) => (error ? [{ file, message: error.message }] : []));
  }

  /**
   * Writes a profile to a file of its own, named after its id. Throws ProfileError for the id of a built-in one or of
   * one in another file, and where the file holds something else too, which would be lost.
   */
  async save(profile: Profile): Promise<void> {
    const { id } = profile;
    const refuse = (reason: Words) => {
      throw new ProfileError([], id, reason);
    };
    if (this.store === undefined) return refuse('there is no user directory to write to');
    refuseBuiltIn(profile);
    const name = `${id}.yaml`;
    this.refresh();
    this.refuseTaken(id, name);
    const file = this.files.get(name);
    if (file?.error !== undefined)
      refuse(said('__file__ cannot be read; mend it, or delete it', { file: name }));
    if (file?.profiles.some((other) => other.id !== id))
      refuse(said('__file__ holds other profiles, too; change it there', { file: name }));
    await this.store.write(name, profileToYaml(profile));
    this.refresh();
  }

  /** Reads all files. */
  refresh(): void {
    if (this.store === undefined) return;
    let names: string[];
    try {
      names = this.store.list().map(({ name }) => name);
    } catch (error) {
      this.emit('problem', error as Error);
      return;
    }
    let changed = false;
    for (const known of [...this.files.keys()]) {
      if (!names.includes(known)) changed = this.files.delete(known) || changed;
    }
    for (const name of names) changed = this.readOne(name) || changed;
    if (changed) this.emit('changed');
  }

  /** Whether what the file holds is another now. */
  private readOne(name: string): boolean {
    const before = this.files.get(name);
    let text = '';
    try {
      text = this.store!.read(name).toString('utf8');
      if (before?.text === text) return false;
      const profiles = this.profilesOf(name, text);
      this.files.set(name, { text, profiles });
      return true;
    } catch (cause) {
      const error = new Error(`${name}: ${(cause as Error).message}`, { cause });
      const isNews = before?.error?.message !== error.message;
      this.files.set(name, { text, profiles: before?.profiles ?? [], error });
      if (isNews) this.emit('problem', error);
      return isNews;
    }
  }

  private profilesOf(name: string, text: string): Profile[] {
    const profiles = profilesInFile(name, text);
    for (const profile of profiles) {
      refuseBuiltIn(profile);
      this.refuseTaken(profile.id, name);
    }
    return profiles;
  }

  private refuseTaken(id: string, file: string): void {
    const owner = this.ofFiles().find((each) => each.profile.id === id && each.file !== file);
    if (owner !== undefined) {
      throw new ProfileError(
        [id],
        id,
        said('__owner__ has a profile of this id already', { owner: owner.file })
      );
    }
  }

  private ofFiles(): { profile: Profile; file: string }[] {
    return [...this.files].flatMap(([file, { profiles }]) => profiles.map((profile) => ({ profile, file })));
  }
}

/** The profiles that a file holds: YAML, JSON or CSV, as its name says. Throws ProfileError with the place. */
export function profilesInFile(name: string, text: string): Profile[] {
  const id = name.replace(EXTENSION, '').replace(/[^a-z0-9_-]+/gi, '_');
  return /\.csv$/i.test(name) ? [profileFromCsv(text).profile] : profilesFromText(text, id);
}

function refuseBuiltIn({ id }: Profile): void {
  if (BUILT_IN.includes(id)) {
    throw new ProfileError([id], id, 'this is the id of a built-in profile; choose another');
  }
}
