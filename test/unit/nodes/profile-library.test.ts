import assert from 'node:assert/strict';
import { Library, type ProfileFiles } from '../../../nodes/cc-profile/library';
import { readProfile } from '../../../nodes/music/profile';

const profile = (cc: number) => `cc_profiles:\n  mine:\n    parameters:\n      knob: {cc: ${cc}}\n`;

/** Files of a user directory, in memory. */
class Files implements ProfileFiles {
  readonly texts = new Map<string, string>();
  changed = () => {};

  list() {
    return [...this.texts.keys()].map((name) => ({ name, bytes: 0, changedMs: 0 }));
  }
  read(name: unknown) {
    const text = this.texts.get(String(name));
    if (text === undefined) throw new Error('ENOENT');
    return Buffer.from(text);
  }
  async write(name: unknown, data: Uint8Array | string) {
    this.texts.set(String(name), String(data));
    return String(name);
  }
  watch(onChange: (names: readonly string[]) => void) {
    this.changed = () => onChange([]);
    return () => (this.changed = () => {});
  }
}

function open(files = new Files()) {
  const library = new Library(files);
  const problems: string[] = [];
  let changes = 0;
  library.on('problem', (error) => problems.push(error.message));
  library.on('changed', () => changes++);
  return { files, library, problems, changes: () => changes };
}
const controller = (library: Library) => {
  const [event] = library.named('mine')!.toEvents('knob', 1);
  return 'controller' in event ? event.controller : -1;
};

describe('the library of profiles', () => {
  it('has the built-in ones and those of the files, as they change', () => {
    const { files, library, changes } = open();
    const end = library.follow();
    assert.equal(library.named('mine'), undefined);
    assert.ok(library.named('korg_nts1_mk2'));
    files.texts.set('a.yaml', profile(1));
    files.texts.set('notes.txt', 'no profile');
    files.changed();
    assert.equal(controller(library), 1);
    files.texts.set('a.yaml', profile(2));
    files.changed();
    assert.equal(controller(library), 2);
    files.changed();
    assert.equal(changes(), 2);
    assert.deepEqual(library.list().at(-1), {
      id: 'mine',
      name: 'mine',
      source: undefined,
      firmware: undefined,
      file: 'a.yaml'
    });
    files.texts.delete('a.yaml');
    files.changed();
    assert.equal(library.named('mine'), undefined);
    end();
    files.texts.set('a.yaml', profile(1));
    files.changed();
    assert.equal(library.named('mine'), undefined);
  });

  it('keeps what a file said where it is broken, and tells file, line and column once', () => {
    const { files, library, problems } = open();
    files.texts.set('a.yaml', profile(1));
    library.follow();
    for (const broken of [`${profile(1)}      more: {cc: 1}\n`, 'cc_profiles: {', profile(123)]) {
      files.texts.set('a.yaml', broken);
      files.changed();
      files.changed();
      assert.equal(controller(library), 1);
    }
    assert.equal(problems.length, 3);
    assert.match(problems[0], /^a\.yaml: line 5, column 18, .*knob has it already/);
    assert.match(problems[2], /^a\.yaml: line 4, column 18, .*channel mode/);
    assert.equal(library.problems().length, 1);
    files.texts.set('a.yaml', profile(2));
    files.changed();
    assert.equal(controller(library), 2);
    assert.deepEqual(library.problems(), []);
  });

  it('reads a file that is half written, replaced or gone when it is to be read', () => {
    const { files, library, problems } = open();
    files.texts.set('a.yaml', profile(1));
    library.follow();
    files.texts.set('a.yaml', profile(2).slice(0, -6));
    files.changed();
    assert.equal(controller(library), 1);
    const list = files.list.bind(files);
    files.list = () => [...list(), { name: 'gone.yaml', bytes: 1, changedMs: 1 }];
    files.texts.set('a.yaml', profile(3));
    files.changed();
    assert.equal(controller(library), 3);
    assert.match(problems.join('\n'), /a\.yaml: line 4.*\n.*gone\.yaml: ENOENT/);
    files.list = () => {
      throw new Error('EACCES');
    };
    files.changed();
    assert.equal(controller(library), 3);
  });

  it('does not let a file take the place of a built-in profile or of another file', () => {
    const { files, library, problems } = open();
    files.texts.set('a.yaml', profile(1));
    files.texts.set('b.yaml', profile(2));
    files.texts.set('c.yaml', profile(2).replace('mine', 'korg_nts1_mk2'));
    library.follow();
    assert.equal(controller(library), 1);
    assert.match(problems.join('\n'), /b\.yaml: .*a\.yaml has a profile of this id/);
    assert.match(problems.join('\n'), /c\.yaml: .*built-in/);
    assert.equal(library.named('korg_nts1_mk2')!.parameters.length, 62);
  });

  it('writes a profile that it reads as the same', async () => {
    const { files, library } = open();
    library.follow();
    await library.save(readProfile({ parameters: { knob: { cc: 9, steps: { a: 0, b: 1 } } } }, 'mine'));
    assert.deepEqual([...files.texts.keys()], ['mine.yaml']);
    assert.equal(controller(library), 9);
    await assert.rejects(library.save(readProfile({ parameters: {} }, 'fm_synth')), /built-in/);
  });

  it('overwrites no file that holds something else, too, and writes none that would be refused', async () => {
    const { files, library } = open();
    const mine = readProfile({ parameters: { knob: { cc: 9 } } }, 'mine');
    library.follow();
    const refused = async (name: string, text: string, reason: RegExp) => {
      files.texts.clear();
      files.texts.set(name, text);
      await assert.rejects(library.save(mine), reason);
      assert.deepEqual([...files.texts], [[name, text]]);
    };
    const two = `${profile(1)}  other:\n    parameters: {}\n`;
    await refused('mine.yaml', two, /mine\.yaml holds other profiles/);
    await refused('mine.yml', profile(1), /mine\.yml has a profile of this id/);
    await refused('mine.yaml', 'cc_profiles: {', /mine\.yaml cannot be read/);
  });
});
