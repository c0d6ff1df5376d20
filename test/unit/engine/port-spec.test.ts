import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesGlob, resolvePort } from '../../../nodes/engine/port-spec';
import type { PortInfo } from '../../../nodes/engine/ports/driver';

const port = (name: string, kind: PortInfo['kind'], direction: PortInfo['direction'] = 'out'): PortInfo => ({
  name,
  kind,
  direction
});
const ports = [
  port('Loopback', 'loopback'),
  port('Midi Through', 'through'),
  port('FluidSynth', 'software'),
  port('Input only', 'hardware', 'in'),
  port('USB MIDI', 'hardware'),
  port('USB MIDI #2', 'hardware')
];
const hardware = (name: string) => ({ driver: 'hardware', name, virtual: false });

describe('how a device finds its port', () => {
  it('auto: the first hardware output, loopback where there is none', () => {
    assert.deepEqual(resolvePort({ mode: 'auto', port: '' }, ports), hardware('USB MIDI'));
    const without = ports.filter(({ kind }) => kind !== 'hardware');
    const loopback = { driver: 'loopback', name: 'Loopback', virtual: false };
    assert.deepEqual(resolvePort({ mode: 'auto', port: '' }, without), loopback);
    assert.deepEqual(resolvePort({ mode: 'auto', port: '' }, []), loopback);
  });

  it('by name: that one and no other', () => {
    assert.deepEqual(resolvePort({ mode: 'name', port: 'USB MIDI #2' }, ports), hardware('USB MIDI #2'));
    for (const name of ['USB', 'usb midi', 'Input only', 'Loopback', ''])
      assert.equal(resolvePort({ mode: 'name', port: name }, ports), undefined);
  });

  it('by pattern: the first that fits', () => {
    assert.deepEqual(resolvePort({ mode: 'pattern', port: '*usb*' }, ports), hardware('USB MIDI'));
    assert.deepEqual(resolvePort({ mode: 'pattern', port: '*#?' }, ports), hardware('USB MIDI #2'));
    assert.equal(resolvePort({ mode: 'pattern', port: 'Loop*' }, ports), undefined);
  });

  it('virtual and loopback: always', () => {
    assert.deepEqual(resolvePort({ mode: 'virtual', port: 'Mine' }, []), {
      ...hardware('Mine'),
      virtual: true
    });
    assert.equal(resolvePort({ mode: 'loopback', port: 'x' }, [])?.name, 'x');
    assert.equal(resolvePort({ mode: 'loopback', port: '' }, [])?.name, 'Loopback');
  });
});

describe('port patterns', () => {
  it('agree with a regular expression', () => {
    const letters = (max: number, ...from: string[]) =>
      fc.array(fc.constantFrom(...from), { maxLength: max }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        letters(12, 'a', 'B', '.', '*'),
        letters(8, 'A', 'b', '.', '*', '?', '[', '\\'),
        (name, glob) => {
          const source = glob
            .replace(/[.[\\]/g, '\\$&')
            .replace(/\*/g, '.*')
            .replace(/\?/g, '.');
          assert.equal(matchesGlob(name, glob), new RegExp(`^${source}$`, 'i').test(name));
        }
      ),
      { numRuns: 1000 }
    );
  });

  it('are never slow', () => {
    const startMs = performance.now();
    assert.equal(matchesGlob('a'.repeat(5000), '*a'.repeat(500) + 'b'), false);
    assert.equal(matchesGlob('a'.repeat(5000), '*'.repeat(5000)), true);
    assert.ok(performance.now() - startMs < 1000);
  });
});
