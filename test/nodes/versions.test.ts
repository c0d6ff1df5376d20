import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { upToDate } from '../../nodes/palette/version';
import { endFlow, runFlow, type Flow } from '../support/node-helper';
import { ROOT } from '../support/node-red';

/** One flow for each version of a node's config that was ever given out; old files are never edited. */
const FOLDER = join(ROOT, 'test', 'fixtures', 'flows');

const read = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Flow;

describe('stored flows', () => {
  afterEach(endFlow);

  for (const file of readdirSync(FOLDER)) {
    it(`of ${file} load and play as they did`, async () => {
      const nodes = read(file).filter(({ type }) => type !== 'tab');
      const flow = await runFlow(nodes.map((node) => (node.z ? { ...node, z: 'tab' } : node)));
      const heard = flow.record('synth');
      await flow.run(4500);
      const notes = heard.filter(({ bytes }) => bytes[0] === 0x90).map(({ bytes }) => bytes[1]);
      assert.deepEqual(notes.slice(0, 8), [60, 64, 67, 71, 60, 64, 67, 69]);
      for (const { id } of nodes.filter(({ type }) => type !== 'phasor-device')) {
        assert.notEqual(flow.status(id as string).fill, 'red', `${String(id)}`);
      }
    });
  }
});

describe('a stored config', () => {
  const warnings: string[] = [];
  const node = { warn: (text: string) => warnings.push(text) };
  const upgrades = [
    (v1: object) => ({ ...v1, second: 'added' }),
    (v2: object) => ({ ...v2, third: (v2 as { second: string }).second.length })
  ];

  beforeEach(() => warnings.splice(0));

  it('goes through every step from its version on', () => {
    const now = { second: 'added', third: 5, version: 3 };
    assert.deepEqual(upToDate(node, { name: 'a' }, upgrades), { name: 'a', ...now });
    assert.deepEqual(upToDate(node, { name: 'a', version: 1 }, upgrades), { name: 'a', ...now });
    assert.deepEqual(upToDate(node, { second: 'xy', version: 2 }, upgrades), {
      second: 'xy',
      third: 2,
      version: 3
    });
    const present = { second: 'x', third: 0, version: 3 };
    assert.equal(upToDate(node, present, upgrades), present);
    assert.deepEqual(warnings, []);
  });

  it('of a newer palette is read as far as it is known, and that is told', () => {
    const newer = { name: 'a', version: 4 };
    assert.equal(upToDate(node, newer, upgrades), newer);
    assert.match(warnings[0], /version 4.*up to 3/);
  });

  it('is what it was before: upgrades do not touch it', () => {
    const stored = Object.freeze({ name: 'a', version: 1 });
    upToDate(node, stored, upgrades);
    assert.deepEqual(stored, { name: 'a', version: 1 });
  });
});
