import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nameTwins, type Twin } from '../../../nodes/engine/ports/twins';

const twin = (client: number, isHeld = false, name = 'Synth'): Twin => ({
  name,
  direction: 'out',
  client,
  port: 0,
  isHeld
});
const namesOf = (ports: readonly Twin[]) => ports.map(({ name }) => name);

describe('ports of one name', () => {
  it('are numbered in the order given, each direction for itself', () => {
    const ports = [twin(20), twin(24), twin(28, false, 'Keys'), { ...twin(20), direction: 'in' as const }];
    nameTwins(ports, new Map());
    assert.deepEqual(namesOf(ports), ['Synth', 'Synth #2', 'Keys', 'Synth']);
  });

  it('keep their number while they are held, and leave it when they are not', () => {
    const known = nameTwins([twin(20), twin(24)], new Map());
    const held = [twin(24, true)];
    const later = nameTwins(held, known);
    assert.deepEqual(namesOf(held), ['Synth #2']);
    const back = [twin(20), twin(24, true)];
    nameTwins(back, later);
    assert.deepEqual(namesOf(back), ['Synth', 'Synth #2']);
    const free = [twin(24)];
    nameTwins(free, known);
    assert.deepEqual(namesOf(free), ['Synth']);
  });

  it('never share a name, and those that are held never change theirs', () => {
    const step = fc.uniqueArray(
      fc.record({ client: fc.nat(9), isHeld: fc.boolean(), name: fc.constantFrom('A', 'B') }),
      {
        selector: ({ client }) => client
      }
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        let known = new Map<string, number>();
        let before = new Map<string, string>();
        for (const set of steps) {
          const ports = set.map(({ client, isHeld, name }) => twin(client, isHeld, name));
          const keys = ports.map(({ client, name }) => `${client} ${name}`);
          known = nameTwins(ports, known);
          assert.equal(new Set(namesOf(ports)).size, ports.length);
          ports.forEach(({ isHeld, name }, index) => {
            const was = before.get(keys[index]);
            if (isHeld && was !== undefined) assert.equal(name, was);
          });
          before = new Map(ports.map(({ name }, index) => [keys[index], name]));
        }
      })
    );
  });
});
