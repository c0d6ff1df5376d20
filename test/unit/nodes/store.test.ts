import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InvalidParameter } from '../../../nodes/music/errors';
import { ResourceExhausted } from '../../../nodes/engine/errors';
import { checkFileName, FILE_KINDS, toFileName } from '../../../nodes/palette/file-kinds';
import { FolderWatch } from '../../../nodes/palette/folder-watch';
import {
  FileNotFound,
  FileTooLarge,
  FileUnavailable,
  MAX_FILES,
  openStore,
  type Store
} from '../../../nodes/palette/store';

describe('the store of files', () => {
  let userDir: string;
  let store: Store;
  let folder: string;

  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'phasor-store-'));
    store = openStore(userDir, 'patterns');
    folder = join(userDir, 'phasor', 'patterns');
  });

  afterEach(() => rmSync(userDir, { recursive: true, force: true }));

  it('keeps what it is given, below the user directory, and lists it by name', async () => {
    assert.deepEqual(store.list(), []);
    assert.equal(await store.write('b.json', '{"ü":1}'), 'b.json');
    assert.equal(await store.write('a.mid', Buffer.from([1, 2, 255])), 'a.mid');
    assert.deepEqual([...store.read('a.mid')], [1, 2, 255]);
    assert.equal(readFileSync(join(folder, 'b.json'), 'utf8'), '{"ü":1}');
    assert.deepEqual(
      store.list().map(({ name, bytes }) => [name, bytes]),
      [
        ['a.mid', 3],
        ['b.json', 8]
      ]
    );
    await store.remove('a.mid');
    assert.throws(() => store.read('a.mid'), FileNotFound);
    await assert.rejects(store.remove('a.mid'), FileNotFound);
    assert.equal(openStore(userDir, 'patterns'), store);
    assert.notEqual(openStore(userDir, 'profiles'), store);
  });

  it('takes plain names only', async () => {
    const wrong = [
      '../a.mid',
      '..\\a.mid',
      '/etc/a.mid',
      'a/b.mid',
      'a\0.mid',
      '.a.mid',
      '.mid',
      '..',
      '',
      'a',
      'a.exe',
      'a.yaml',
      'con.mid',
      'C:a.mid',
      ' a.mid',
      '-rf.mid',
      'a\n.mid',
      'a\u202e.mid',
      `${'é'.repeat(150)}.mid`,
      undefined,
      null,
      5,
      ['a.mid'],
      { toString: () => 'a.mid' }
    ];
    for (const name of wrong) {
      assert.throws(() => checkFileName('patterns', name), InvalidParameter, JSON.stringify(name));
      assert.throws(() => store.read(name), InvalidParameter);
      await assert.rejects(store.write(name, ''), InvalidParameter);
      await assert.rejects(store.remove(name), InvalidParameter);
    }
    for (const name of ['a.mid', 'Für Elise (2).MID', '夜想曲.midi', 'a.b_c-d+e#f.json']) {
      assert.equal(checkFileName('patterns', name), name);
    }
    assert.equal(checkFileName('patterns', 'u\u0308.mid'), 'ü.mid');
  });

  it('makes a name of any text, which is then accepted and kept', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 250 })), (text) => {
        const name = toFileName('patterns', text, 'mid');
        assert.equal(checkFileName('patterns', name), name);
        assert.equal(toFileName('patterns', name, 'json'), name);
      }),
      { numRuns: 100 }
    );
    assert.equal(toFileName('patterns', 'C:\\music\\My song?.MID', 'mid'), 'My song-.mid');
    assert.equal(toFileName('patterns', '../../x', 'json'), 'x.json');
    assert.equal(toFileName('patterns', '', 'json'), 'unnamed.json');
    assert.equal(toFileName('patterns', 'nul', 'mid'), '_nul.mid');
  });

  it('follows no link, waits for no pipe, and deletes no folder', async () => {
    await store.write('own.mid', 'own');
    const secret = join(userDir, 'secret');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, join(folder, 'link.mid'));
    mkdirSync(join(folder, 'folder.mid'));
    execFileSync('mkfifo', [join(folder, 'pipe.mid')]);
    for (const name of ['link.mid', 'folder.mid', 'pipe.mid']) {
      assert.throws(() => store.read(name), FileUnavailable, name);
    }
    assert.deepEqual(
      store.list().map(({ name }) => name),
      ['own.mid']
    );
    await store.write('link.mid', 'new');
    assert.equal(readFileSync(secret, 'utf8'), 'secret', 'the link is replaced, not what it points to');
    assert.equal(store.read('link.mid').toString(), 'new');
    await assert.rejects(store.remove('folder.mid'), FileUnavailable);
    await assert.rejects(store.write('folder.mid', 'x'), FileUnavailable);
    assert.deepEqual(leftOver(), []);
  });

  const leftOver = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

  it('is never seen half written, by however many writers', async () => {
    const sizes = [1, 100_000, 3, 50_000];
    const contents = sizes.map((size, index) => Buffer.alloc(size, 65 + index));
    await store.write('x.mid', contents[0]);
    let writing = true;
    const writes = Promise.all(
      Array.from({ length: 24 }, (_, index) => store.write('x.mid', contents[index % 4]))
    ).finally(() => (writing = false));
    while (writing) {
      const seen = store.read('x.mid');
      assert.ok(contents.some((content) => content.equals(seen)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writes;
    assert.deepEqual(leftOver(), []);
  });

  it('refuses what is too large, too many, or has no place, and keeps what was there', async () => {
    const { maxBytes } = FILE_KINDS.profiles;
    const profiles = openStore(userDir, 'profiles');
    await profiles.write('p.yaml', 'old');
    await assert.rejects(profiles.write('p.yaml', Buffer.alloc(maxBytes + 1)), FileTooLarge);
    assert.equal(profiles.read('p.yaml').toString(), 'old');
    writeFileSync(join(userDir, 'phasor', 'profiles', 'q.yaml'), Buffer.alloc(maxBytes + 1));
    assert.throws(() => profiles.read('q.yaml'), FileTooLarge);
    await profiles.write('q.yaml', Buffer.alloc(maxBytes));
    assert.equal(profiles.read('q.yaml').length, maxBytes);

    await store.write('first.mid', 'x');
    for (let index = 1; index < MAX_FILES; index++)
      linkSync(join(folder, 'first.mid'), join(folder, `${index}.mid`));
    await assert.rejects(store.write('one-more.mid', 'x'), ResourceExhausted);
    await store.write('first.mid', 'y');
    assert.equal(store.list().length, MAX_FILES);
  });

  it('clears what a dead writer left', async () => {
    await store.write('a.mid', 'a');
    const [dead, alive] = ['.a.mid.1-1.tmp', '.a.mid.2-1.tmp'].map((name) => join(folder, name));
    writeFileSync(dead, 'half');
    utimesSync(dead, 1, 1);
    writeFileSync(alive, 'half');
    await store.write('a.mid', 'b');
    assert.ok(!existsSync(dead) && existsSync(alive));
  });

  it('says clearly that a folder cannot be used', async () => {
    writeFileSync(join(userDir, 'phasor'), 'a file where the folder belongs');
    assert.throws(() => store.list(), FileUnavailable);
    assert.throws(() => store.read('a.mid'), /a\.mid cannot be used: a part of the path is not a folder/);
    await assert.rejects(store.write('a.mid', ''), FileUnavailable);
    const nowhere = openStore(undefined, 'patterns');
    for (const access of [() => nowhere.list(), () => nowhere.read('a.mid')])
      assert.throws(access, /no user directory/);
    await assert.rejects(nowhere.write('a.mid', ''), FileUnavailable);
    nowhere.watch(() => undefined)();
  });

  it('tells at once of what it writes itself', async () => {
    const told: string[] = [];
    const stop = store.watch((names) => told.push(...names));
    await store.write('a.mid', 'a');
    await store.write('a.mid', 'longer');
    await store.remove('a.mid');
    stop();
    await store.write('a.mid', 'a');
    assert.deepEqual(told, ['a.mid', 'a.mid', 'a.mid']);
  });

  it('sees files come, be replaced by rename, and go, with a folder that comes and goes', () => {
    const told: string[][] = [];
    const watch = new FolderWatch(() => store.list());
    const stop = watch.add((names) => told.push([...names]));
    const look = (): string[] => {
      watch.look();
      return told.splice(0).flat();
    };
    assert.deepEqual(look(), []);
    mkdirSync(folder, { recursive: true });
    assert.deepEqual(look(), []);
    writeFileSync(join(folder, 'a.mid'), 'a');
    assert.deepEqual(look(), ['a.mid']);
    writeFileSync(join(folder, 'part.tmp'), 'b');
    utimesSync(join(folder, 'part.tmp'), 5, 5);
    assert.deepEqual(look(), []);
    renameSync(join(folder, 'part.tmp'), join(folder, 'a.mid'));
    assert.deepEqual(look(), ['a.mid']);
    rmSync(join(userDir, 'phasor'), { recursive: true });
    assert.deepEqual(look(), ['a.mid']);
    writeFileSync(join(userDir, 'phasor'), 'in the way');
    assert.deepEqual(look(), []);
    rmSync(join(userDir, 'phasor'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'a.mid'), 'a');
    assert.deepEqual(look(), ['a.mid']);
    stop();
  });
});
