/**
 * Files that people keep for our nodes, below Node-RED's user directory: `<userDir>/phasor/<kind>/`. Names are plain
 * file names, each file has a limit, and a file is always whole: the old one or the new one.
 */
import { said } from '../music/words';
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ResourceExhausted } from '../engine/errors';
import { checkFileName, FILE_KINDS, type FileKind } from './file-kinds';
import { FolderWatch } from './folder-watch';
import { fileError, FileTooLarge, FileUnavailable } from './store-errors';

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Time of the last change in ms since 1970. */
  readonly changedMs: number;
}

/** Most files in one folder. */
export const MAX_FILES = 1000;

/** A temporary file that is older was left by a process that ended while it wrote. */
const STALE_MS = 60_000;
const TEMPORARY = /^\..+\.tmp$/;
/** Neither through a link nor into a pipe that never ends; Windows knows neither. */
const READ_PLAIN = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

let temporaries = 0;

/** The files of one kind. All names are checked; see checkFileName. */
export class Store {
  private readonly watching: FolderWatch;

  /** @param folder where the files are; it is made with the first file. undefined: there is no place for files */
  constructor(
    readonly kind: FileKind,
    readonly folder: string | undefined
  ) {
    this.watching = new FolderWatch(() => (folder === undefined ? [] : this.list()));
  }

  /**
   * The files in order of their names; a folder that is not there is empty. Throws FileUnavailable where the folder
   * cannot be read.
   */
  list(): StoredFile[] {
    const folder = this.place();
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw fileError(error, folder, folder);
    }
    const files: StoredFile[] = [];
    for (const name of names.filter((name) => this.isName(name)).slice(0, MAX_FILES)) {
      const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
      if (found?.isFile()) files.push({ name, bytes: found.size, changedMs: found.mtimeMs });
    }
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The bytes of a file, at once, since a node needs them before its first span. Throws InvalidParameter for the
   * name, FileNotFound, FileTooLarge, or FileUnavailable also for what is no plain file.
   */
  read(raw: unknown): Buffer {
    const name = checkFileName(this.kind, raw);
    const folder = this.place();
    let file: number | undefined;
    try {
      file = openSync(join(folder, name), READ_PLAIN);
      if (!fstatSync(file).isFile()) throw new FileUnavailable(name, 'it is not a plain file');
      return this.readOpen(file, name);
    } catch (error) {
      throw fileError(error, name, folder);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /**
   * Writes a file; who reads sees the old one or the new one, also when the power fails in between. Of two writers
   * the later one holds. Resolves to the name. Rejects with InvalidParameter for the name, FileTooLarge,
   * ResourceExhausted where the folder is full, or FileUnavailable; then all is as it was.
   */
  async write(raw: unknown, data: Uint8Array | string): Promise<string> {
    const name = checkFileName(this.kind, raw);
    const folder = this.place();
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const { maxBytes } = FILE_KINDS[this.kind];
    if (bytes.length > maxBytes) throw new FileTooLarge(name, maxBytes);
    const temporary = join(folder, `.${name}.${process.pid}-${++temporaries}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      await this.makeRoom(folder, name);
      const file = await open(temporary, 'wx', 0o644);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, join(folder, name));
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw fileError(error, name, folder);
    }
    this.watching.look();
    return name;
  }

  /** Deletes a file. Rejects with InvalidParameter for the name, FileNotFound or FileUnavailable. */
  async remove(raw: unknown): Promise<void> {
    const name = checkFileName(this.kind, raw);
    const folder = this.place();
    try {
      // A folder that has such a name is not ours to delete, nor anybody's whole tree.
      if ((await lstat(join(folder, name))).isDirectory())
        throw new FileUnavailable(name, 'it is not a plain file');
      await unlink(join(folder, name));
    } catch (error) {
      throw fileError(error, name, folder);
    }
    this.watching.look();
  }

  /**
   * Calls back with the names of files that have appeared, changed or gone, within a second, and at once for what
   * this store writes. The folder may come and go meanwhile. Returns what ends it.
   */
  watch(onChange: (names: readonly string[]) => void): () => void {
    return this.watching.add(onChange);
  }

  private place(): string {
    if (this.folder === undefined) {
      throw new FileUnavailable(this.kind, 'Node-RED has no user directory to keep files in');
    }
    return this.folder;
  }

  private isName(name: string): boolean {
    try {
      return checkFileName(this.kind, name) === name;
    } catch {
      return false;
    }
  }

  /** Reads to the end, and no further than the limit, however the file grows meanwhile. */
  private readOpen(file: number, name: string): Buffer {
    const { maxBytes } = FILE_KINDS[this.kind];
    const bytes = Buffer.allocUnsafe(Math.min(fstatSync(file).size, maxBytes) + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
      if (length > maxBytes) throw new FileTooLarge(name, maxBytes);
      if (length === bytes.length) throw new FileUnavailable(name, 'it is being written by another program');
    }
    return bytes.subarray(0, length);
  }

  /** Clears what dead writers left. Throws ResourceExhausted where a new file would be one too many. */
  private async makeRoom(folder: string, name: string): Promise<void> {
    const names = await readdir(folder);
    if (!names.includes(name) && names.filter((each) => this.isName(each)).length >= MAX_FILES) {
      throw new ResourceExhausted(said('files in __folder__', { folder }), MAX_FILES);
    }
    for (const each of names.filter((each) => TEMPORARY.test(each))) {
      const left = join(folder, each);
      const found = await lstat(left).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
        await unlink(left).catch(() => undefined);
    }
  }
}

const stores = new Map<string, Store>();

/**
 * The store of a kind below a user directory (RED.settings.userDir): the same one for all who ask. Without a user
 * directory, as in some tests and embeddings, every access is refused with FileUnavailable.
 */
export function openStore(userDir: string | undefined, kind: FileKind): Store {
  if (!userDir) return new Store(kind, undefined);
  const folder = join(resolve(userDir), 'phasor', kind);
  const known = stores.get(folder);
  if (known !== undefined) return known;
  const store = new Store(kind, folder);
  stores.set(folder, store);
  return store;
}

export { FileNotFound, FileTooLarge, FileUnavailable } from './store-errors';
