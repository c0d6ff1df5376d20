import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_BATCH, MAX_BYTES, readMessage } from '../../../nodes/palette/messages';
import { PhasorError } from '../../../nodes/music/errors';

const note = { type: 'noteOn', channel: 1, note: 60, velocity: 100 };
const at = { timeMs: 5 };
const stamped = { timeMs: 5, source: undefined, ordinal: undefined, replay: false };
const events = (msg: object) => readMessage(msg, 0)?.map(({ event }) => event);

describe('messages to an output', () => {
  it('are an event with its stamp', () => {
    assert.deepEqual(readMessage({ payload: note, at }, 0), [{ event: note, at: stamped }]);
    assert.deepEqual(readMessage({ payload: note }, 0), [{ event: note, at: undefined }]);
  });

  it('are a batch of events, of whole messages, or of both; the stamp of the message holds for those without', () => {
    const own = { timeMs: 9 };
    const payload = [note, { ...note, at: own }, { payload: note }, { payload: note, at: own }];
    const read = readMessage({ payload, at }, 0)!;
    assert.deepEqual(
      read.map(({ at: stamp }) => (stamp as { timeMs: number }).timeMs),
      [5, 9, 5, 9]
    );
    for (const { event } of read) assert.deepEqual(event, note);
  });

  it('are raw bytes in a Buffer, a Uint8Array or an array', () => {
    const bytes = [0x90, 60, 100, 64, 0, 0xf8];
    const expected = [note, { type: 'noteOff', channel: 1, note: 64, velocity: 0 }, { type: 'clock' }];
    for (const payload of [bytes, Buffer.from(bytes), Uint8Array.from(bytes)])
      assert.deepEqual(events({ payload }), expected);
    assert.deepEqual(readMessage({ payload: bytes, at }, 0)![1].at, stamped);
  });

  it('are none of these: control, for others to read', () => {
    for (const payload of [
      undefined,
      null,
      'panic',
      5,
      {},
      { type: 'span' },
      { type: 'toString' },
      new Map()
    ])
      assert.equal(readMessage({ payload }, 0), undefined);
  });

  it('are refused as a whole where a part of them is wrong', () => {
    const sparse: unknown[] = [note];
    sparse[3] = note;
    const wrong: unknown[] = [
      { type: 'noteOn', note: 200 },
      { type: 'noteOn', note: '60' },
      { type: 'noteOn' },
      { type: 'note', note: 60 },
      { type: 'cc', controller: 1, value: NaN },
      { type: 'sysex', data: 'x' },
      { type: 'pitchBend', value: 8192 },
      [],
      new Array(3),
      sparse,
      [note, undefined],
      [note, 5],
      [note, { ...note, note: -1 }],
      [note, { payload: [note] }],
      [note, { ...note, at: 5 }],
      [0x90, 60],
      [0x90, 60, 200],
      [60, 100],
      [0x90, 60, 100, 1.5],
      [0xf0, 1, 2],
      Buffer.from([0xff]),
      Buffer.alloc(0),
      Buffer.alloc(MAX_BYTES + 1, 0xf8),
      new Array(MAX_BATCH + 1).fill(note)
    ];
    for (const payload of wrong)
      assert.throws(
        () => readMessage({ payload }, 0),
        PhasorError,
        String(JSON.stringify(payload)).slice(0, 80)
      );
    const move = { type: 'parameter', parameter: 'cutoff', value: 0.5 };
    for (const payload of [move, [move], [{ payload: move }]])
      assert.throws(() => readMessage({ payload }, 0), /"cutoff".*wire it through a cc profile/);
    assert.throws(() => readMessage({ payload: note, at: { clock: 'c' } }, 0), { parameter: 'at.epoch' });
    assert.throws(() => readMessage({ payload: [note, { ...note, note: 200 }] }, 0), {
      code: 'InvalidParameter',
      parameter: 'payload[1]',
      message: /note: 200 is out of range: 0 to 127/
    });
  });

  it('are read or refused, whatever comes', () => {
    const almost = fc.record(
      {
        type: fc.constantFrom('note', 'cc', 'sysex', 'program', 'x'),
        note: fc.anything(),
        data: fc.anything(),
        payload: fc.anything(),
        at: fc.anything()
      },
      { requiredKeys: [] }
    );
    const payload = fc.oneof(fc.anything(), almost, fc.array(almost), fc.array(fc.nat(260)), fc.uint8Array());
    fc.assert(
      fc.property(payload, fc.option(fc.anything()), (given, stamp) => {
        try {
          readMessage({ payload: given, at: stamp }, 0);
        } catch (error) {
          assert.ok(error instanceof PhasorError, String(error));
        }
      }),
      { numRuns: 1000 }
    );
  });
});
