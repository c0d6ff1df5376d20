import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteStream, MAX_JOINED_SYSEX_BYTES, type StreamFault } from '../../../nodes/music/byte-stream';
import { encodeEvent, inputEvent, messageLength } from '../../../nodes/music/bytes';
import { hex } from '../../support/din-driver';
import { readRandomBytes } from '../../support/random-bytes';

/** All that comes out of some bytes, in portions. */
function read(portions: readonly (readonly number[])[], maxSysexBytes?: number) {
  const messages: number[][] = [];
  const faults: StreamFault[] = [];
  const stream = new ByteStream(
    {
      message: (bytes) => messages.push([...bytes]),
      malformed: (fault) => faults.push(fault)
    },
    maxSysexBytes
  );
  for (const portion of portions) stream.take(portion);
  return { messages: messages.map(hex), faults };
}

const parse = (text: string) => text.split(' ').map((byte) => parseInt(byte, 16));

describe('a stream of MIDI bytes', () => {
  const cases: [what: string, bytes: string, messages: string[], faults?: StreamFault[]][] = [
    ['one message after the other', '90 3c 64 80 3c 40', ['90 3c 64', '80 3c 40']],
    ['running status', '90 3c 64 3e 64 3c 00', ['90 3c 64', '90 3e 64', '90 3c 00']],
    ['running status with one data byte', 'c1 05 06 d1 07 08', ['c1 05', 'c1 06', 'd1 07', 'd1 08']],
    ['a clock inside a message', '90 f8 3c fe 64 f8 3e 64', ['f8', 'fe', '90 3c 64', 'f8', '90 3e 64']],
    ['a clock inside a sysex', 'f0 01 f8 02 f7', ['f8', 'f0 01 02 f7']],
    ['song position, select and time code', 'f2 01 02 f3 05 f1 35 f6', ['f2 01 02', 'f3 05', 'f1 35', 'f6']],
    ['no running status after song position', 'f2 01 02 03', ['f2 01 02'], ['strayData']],
    ['no running status after a sysex', '90 3c 64 f0 01 f7 3c 64', ['90 3c 64', 'f0 01 f7'], ['strayData']],
    ['an empty sysex', 'f0 f7', ['f0 f7']],
    ['data before any status, counted once', '3c 64 3c 90 3c 64', ['90 3c 64'], ['strayData']],
    ['a message that another cuts short', '90 3c 80 3c 40', ['80 3c 40'], ['cutShort']],
    ['a phantom note is not made of leftovers', '90 3c 90 3d 63', ['90 3d 63'], ['cutShort']],
    ['a sysex that a note cuts short', 'f0 01 02 90 3c 64', ['90 3c 64'], ['cutShort']],
    ['a sysex in a sysex', 'f0 01 f0 02 f7', ['f0 02 f7'], ['cutShort']],
    ['an end without a beginning', 'f7 90 3c 64', ['90 3c 64'], ['strayEnd']],
    ['an end in a message', '90 3c f7 3d 64', [], ['cutShort', 'strayData']],
    [
      'undefined statuses',
      'f4 01 f5 f9 fd 90 3c 64',
      ['90 3c 64'],
      ['undefinedStatus', 'strayData', 'undefinedStatus', 'undefinedStatus', 'undefinedStatus']
    ],
    ['an undefined realtime byte harms nothing', '90 3c f9 64', ['90 3c 64'], ['undefinedStatus']]
  ];
  for (const [what, bytes, messages, faults = []] of cases) {
    it(`${what}: ${bytes}`, () => {
      assert.deepEqual(read([parse(bytes)]), { messages, faults });
      const oneByOne = parse(bytes).map((byte) => [byte]);
      assert.deepEqual(read(oneByOne), { messages, faults }, 'the same byte by byte');
    });
  }

  it('gives a sysex up at the limit, reports it once, and goes on', () => {
    const long = [0xf0, ...new Array<number>(20).fill(1), 0xf8, 2, 0xf7, 0x90, 60, 100];
    assert.deepEqual(read([long], 10), { messages: ['f8', '90 3c 64'], faults: ['tooLong'] });
    assert.deepEqual(read([[0xf0, ...new Array<number>(8).fill(1), 0xf7]], 10).faults, []);
    const whole = [0xf0, ...new Array<number>(MAX_JOINED_SYSEX_BYTES - 2).fill(7), 0xf7];
    assert.equal(read([whole]).messages.length, 1);
  });

  it('reads back everything that can be sent, however it is cut', () => {
    const channel = fc.integer({ min: 1, max: 16 });
    const seven = fc.integer({ min: 0, max: 127 });
    const event = fc.oneof(
      fc.record({
        type: fc.constant('noteOn' as const),
        channel,
        note: seven,
        velocity: fc.integer({ min: 1, max: 127 })
      }),
      fc.record({ type: fc.constant('cc' as const), channel, controller: seven, value: seven }),
      fc.record({ type: fc.constant('program' as const), channel, program: seven }),
      fc.record({
        type: fc.constant('pitchBend' as const),
        channel,
        value: fc.integer({ min: -8192, max: 8191 })
      }),
      fc.record({ type: fc.constant('songPosition' as const), position: fc.integer({ min: 0, max: 16383 }) }),
      fc.record({ type: fc.constant('sysex' as const), data: fc.array(seven, { maxLength: 40 }) }),
      fc.record({ type: fc.constant('clock' as const) })
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (events, size) => {
        const bytes: number[] = [];
        const out = new Uint8Array(64);
        for (const each of events) bytes.push(...out.subarray(0, encodeEvent(each, 1, out)));
        const back: unknown[] = [];
        const stream = new ByteStream({
          message: (message) => back.push(inputEvent(message)),
          malformed: assert.fail
        });
        for (let at = 0; at < bytes.length; at += size) stream.take(bytes.slice(at, at + size));
        assert.deepEqual(
          back,
          events.map((each) => ({ ...each }))
        );
      }),
      { numRuns: 200 }
    );
  });

  it('makes whole messages or none of random bytes', () => {
    const { messages, faults } = readRandomBytes(100_000, 7, (bytes) => {
      const [status] = bytes;
      const isSysex = status === 0xf0;
      const isWhole = isSysex ? bytes.at(-1) === 0xf7 : bytes.length === messageLength(status);
      if (!isWhole) assert.fail(hex([...bytes]));
      for (let at = 1; at < bytes.length - (isSysex ? 1 : 0); at++)
        if (bytes[at] > 127) assert.fail(hex([...bytes]));
    });
    assert.ok(messages > 10_000 && faults > 10_000);
  });
});

describe('the event of a message', () => {
  it('is one for every kind', () => {
    const kinds = [
      '80 3c 40',
      '90 3c 00',
      'a0 3c 01',
      'b5 07 7f',
      'c0 05',
      'df 06',
      'e0 00 40',
      'f0 01 02 f7',
      'f1 35',
      'f2 01 01',
      'f3 05',
      'f6',
      'f8',
      'fa',
      'fb',
      'fc',
      'fe',
      'ff'
    ];
    assert.deepEqual(
      kinds.map((bytes) => inputEvent(parse(bytes))),
      [
        { type: 'noteOff', channel: 1, note: 60, velocity: 64 },
        { type: 'noteOff', channel: 1, note: 60, velocity: 0 },
        { type: 'polyPressure', channel: 1, note: 60, value: 1 },
        { type: 'cc', channel: 6, controller: 7, value: 127 },
        { type: 'program', channel: 1, program: 5 },
        { type: 'pressure', channel: 16, value: 6 },
        { type: 'pitchBend', channel: 1, value: 0 },
        { type: 'sysex', data: [1, 2] },
        { type: 'timeCode', value: 0x35 },
        { type: 'songPosition', position: 129 },
        { type: 'songSelect', value: 5 },
        { type: 'tuneRequest' },
        { type: 'clock' },
        { type: 'start' },
        { type: 'continue' },
        { type: 'stop' },
        { type: 'activeSensing' },
        { type: 'reset' }
      ]
    );
  });
});
