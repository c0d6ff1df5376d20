import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidParameter } from '../../../nodes/music/errors';
import {
  MalformedBytes,
  MAX_SHORT_BYTES,
  encodeEvent,
  messageLength,
  parseMessages
} from '../../../nodes/music/bytes';
import type { MusicEvent } from '../../../nodes/music/event';

function encode(event: MusicEvent, channel = 1, offset = 0): number[] {
  const out = new Uint8Array(offset + 4100);
  const length = encodeEvent(event, channel, out, offset);
  return [...out.slice(offset, offset + length)];
}

const ENCODED: [MusicEvent, number[]][] = [
  [{ type: 'note', note: 60, velocity: 100, durationTicks: 1 }, [0x90, 60, 100]],
  [{ type: 'noteOn', channel: 16, note: 60, velocity: 100 }, [0x9f, 60, 100]],
  [{ type: 'noteOff', note: 60, velocity: 64 }, [0x80, 60, 64]],
  [{ type: 'polyPressure', note: 60, value: 1 }, [0xa0, 60, 1]],
  [{ type: 'cc', channel: 2, controller: 74, value: 127 }, [0xb1, 74, 127]],
  [{ type: 'cc14', controller: 1, value: 0x1234 }, [0xb0, 1, 0x24, 0xb0, 33, 0x34]],
  [{ type: 'rpn', parameter: 0x81, value: 0x102 }, [0xb0, 101, 1, 0xb0, 100, 1, 0xb0, 6, 2, 0xb0, 38, 2]],
  [
    { type: 'nrpn', parameter: 0x81, value: 0x103, order: 'lsbFirst' },
    [0xb0, 99, 1, 0xb0, 98, 1, 0xb0, 38, 3, 0xb0, 6, 2]
  ],
  [{ type: 'program', program: 5 }, [0xc0, 5]],
  [{ type: 'program', program: 5, bank: 0x81 }, [0xb0, 0, 1, 0xb0, 32, 1, 0xc0, 5]],
  [{ type: 'pressure', value: 9 }, [0xd0, 9]],
  [{ type: 'pitchBend', value: 0 }, [0xe0, 0, 64]],
  [{ type: 'pitchBend', value: -8192 }, [0xe0, 0, 0]],
  [{ type: 'pitchBend', value: 8191 }, [0xe0, 127, 127]],
  [{ type: 'songPosition', position: 0x85 }, [0xf2, 5, 1]],
  [{ type: 'start' }, [0xfa]],
  [{ type: 'continue' }, [0xfb]],
  [{ type: 'stop' }, [0xfc]],
  [{ type: 'clock' }, [0xf8]],
  [{ type: 'sysex', data: [0x7e, 0x7f, 6, 1] }, [0xf0, 0x7e, 0x7f, 6, 1, 0xf7]]
];

/** Bytes, position of the mistake, and a word of the reason. */
const MALFORMED: [unknown[], number, RegExp][] = [
  [[], 0, /at least one message/],
  [[0x90, 60], 0, /note-on needs two data bytes, one is there/],
  [[0x90], 0, /none is there/],
  [[0xc0, 0x90, 1, 2], 0, /program change needs one data byte, none/],
  [[60, 100], 0, /no status byte/],
  [[0x90, 60, 100, 61], 3, /note-on needs two/],
  [[0x90, 60, 0xb0, 1, 2], 0, /one is there/],
  [[0x90, 60, 256], 2, /from 0 to 255/],
  [[0x90, 60, -1], 2, /from 0 to 255/],
  [[0x90, 60.5, 1], 1, /from 0 to 255/],
  [[0x90, '60', 1], 1, /from 0 to 255/],
  [[0xf0, 1, 2], 0, /no end/],
  [[0xf0, 1, 0x90, 2], 2, /inside a sysex/],
  [[0xf0, ...new Array<number>(65_537).fill(1), 0xf7], 65_537, /at most 65536/],
  [[0xf7], 0, /did not begin/],
  [[0xff], 0, /not supported/],
  [[0xf1, 0], 0, /not supported/],
  [[0xf9], 0, /not supported/],
  [[0x90, 1, 2, 0xf2, 1, 2, 1, 2], 6, /no status byte/]
];

const seven = fc.integer({ min: 0, max: 127 });
const channel = fc.integer({ min: 1, max: 16 });
/** Events that one message carries, so that they come back as they were. */
const roundTripped: fc.Arbitrary<MusicEvent> = fc.oneof(
  fc.record({
    type: fc.constant('noteOn' as const),
    channel,
    note: seven,
    velocity: fc.integer({ min: 1, max: 127 })
  }),
  fc.record({ type: fc.constant('noteOff' as const), channel, note: seven, velocity: seven }),
  fc.record({ type: fc.constant('cc' as const), channel, controller: seven, value: seven }),
  fc.record({ type: fc.constant('program' as const), channel, program: seven }),
  fc.record({ type: fc.constant('pressure' as const), channel, value: seven }),
  fc.record({ type: fc.constant('polyPressure' as const), channel, note: seven, value: seven }),
  fc.record({
    type: fc.constant('pitchBend' as const),
    channel,
    value: fc.integer({ min: -8192, max: 8191 })
  }),
  fc.record({ type: fc.constant('sysex' as const), data: fc.array(seven) }),
  fc.record({ type: fc.constant('songPosition' as const), position: fc.integer({ min: 0, max: 16383 }) }),
  fc.record({
    type: fc.constantFrom('start' as const, 'continue' as const, 'stop' as const, 'clock' as const)
  })
);

describe('bytes', () => {
  it('encodes every type of event', () => {
    for (const [event, bytes] of ENCODED) {
      assert.deepEqual(encode(event), bytes, event.type);
      assert.deepEqual(encode(event, 1, 7), bytes, event.type);
      if (event.type !== 'sysex') assert.ok(bytes.length <= MAX_SHORT_BYTES);
    }
    assert.deepEqual(encode({ type: 'noteOn', note: 1, velocity: 2 }, 16), [0x9f, 1, 2]);
  });

  it('knows the length of each message', () => {
    for (const [event, bytes] of ENCODED) {
      if (bytes.length <= 3) assert.equal(messageLength(bytes[0]), bytes.length, event.type);
    }
    for (const status of [0, 0x7f, 0xf0, 0xf4, 0xf5, 0xf7, 0xf9, 0xfd, 256, -1, NaN]) {
      assert.equal(messageLength(status), 0, `${status}`);
    }
    assert.deepEqual([0xf1, 0xf3, 0xf6, 0xfe, 0xff].map(messageLength), [2, 2, 1, 1, 1]);
  });

  it('reads several messages, running status and realtime bytes', () => {
    assert.deepEqual(parseMessages([0x90, 60, 100, 0xf8, 60, 0xfe, 0, 0xb1, 7, 1, 0xf0, 1, 0xfa, 2, 0xf7]), [
      { type: 'noteOn', channel: 1, note: 60, velocity: 100 },
      { type: 'clock' },
      { type: 'noteOff', channel: 1, note: 60, velocity: 0 },
      { type: 'cc', channel: 2, controller: 7, value: 1 },
      { type: 'start' },
      { type: 'sysex', data: [1, 2] }
    ]);
    assert.deepEqual(parseMessages([0xfe]), []);
    const long = [0xf0, ...new Array<number>(65_536).fill(1), 0xf8, 0xf7];
    assert.equal(parseMessages(Buffer.from(long)).length, 2);
  });

  it('refuses malformed bytes with position and reason', () => {
    for (const [bytes, position, reason] of MALFORMED) {
      assert.throws(
        () => parseMessages(bytes as number[]),
        (error: unknown) => {
          assert.ok(error instanceof MalformedBytes, String(error));
          assert.equal(error.position, position, error.message);
          assert.match(error.reason, reason);
          assert.equal(error.code, 'InvalidParameter');
          return true;
        }
      );
    }
    assert.throws(() => parseMessages([0x90, 60]), {
      message: 'bytes: byte 0 (0x90): note-on needs two data bytes, one is there'
    });
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(roundTripped, { minLength: 1 }), (drawn) => {
        const events = drawn.map((event) => ({ ...event }));
        assert.deepEqual(parseMessages(events.flatMap((event) => encode(event))), events);
      })
    );
  });

  it('writes complete messages for everything else', () => {
    for (const [event, bytes] of ENCODED) assert.ok(parseMessages(bytes).length >= 1, event.type);
  });

  it('never throws anything else, whatever the bytes', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0x90, 0xf0, 0xf7, 0xf8, 256, -1, 0.5, NaN)
    );
    fc.assert(
      fc.property(fc.array(byte), (bytes) => {
        try {
          parseMessages(bytes);
        } catch (error) {
          assert.ok(error instanceof InvalidParameter, String(error));
        }
      }),
      { numRuns: 2000 }
    );
  });
});
