import assert from 'node:assert/strict';
import { FULL_RANGE, MessageKind } from '../../../nodes/music/midi-filter';
import { fakeEngine } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';

/** How long a message is on its way round. */
const ROUND_MS = 3;

describe('a cable that leads from an output back to the input of its thru', () => {
  it('is noticed by its echoes: the circle is broken, what sounds ends, it is said, and one can play on', () => {
    const hardware = new FakeHardware(['Keys']);
    const fake = fakeEngine({}, hardware);
    hardware.now = () => fake.engine.now();
    const listener = { outputChanged: () => undefined };
    const wire = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
    const spec = { mode: 'name', port: 'Keys' } as const;
    const output = fake.engine.openOutput('out', { name: 'out', spec, channel: 1, output: wire }, listener);
    const input = fake.engine.openInput(
      'in',
      { name: 'in', spec, beside: '' },
      { inputChanged: () => undefined, received: () => undefined }
    );
    const said: string[] = [];
    const kinds = Object.values(MessageKind).reduce((sum, kind) => sum | kind, 0);
    const filter = { kinds, channels: 0xffff, notes: FULL_RANGE, controllers: FULL_RANGE };
    const settings = { filter, channel: 0 };
    fake.engine.openThru('thru', input, output, settings, {
      thruLooped: ({ message }) => said.push(message)
    });
    fake.advance(1);
    let heard = 0;
    const round = () => {
      fake.advance(ROUND_MS);
      const sent = hardware.heard('Keys').slice(heard);
      heard += sent.length;
      for (const { bytes } of sent) hardware.arrive('Keys', bytes);
      return sent.map(({ bytes }) => bytes);
    };
    hardware.arrive('Keys', [0x90, 60, 100]);
    const all: number[][] = [];
    for (let ms = 0; ms < 1000; ms += ROUND_MS) all.push(...round());
    assert.equal(said.length, 1);
    assert.match(said[0], /in.*out|out.*in/);
    assert.ok(all.length > 10 && all.length < 200, `${all.length} messages`);
    assert.equal(fake.engine.soundingNotes(), 0);
    assert.deepEqual(all.at(-1), [0x80, 60, 64]);
    hardware.arrive('Keys', [0xb0, 7, 5]);
    fake.advance(1);
    assert.deepEqual(hardware.heard('Keys').at(-1)?.bytes, [0xb0, 7, 5]);
  });
});
