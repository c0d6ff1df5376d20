import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseMidi, type MidiEvent } from 'midi-file';
import { InvalidParameter, OutOfBounds } from '../../../../nodes/music/errors';
import {
  MalformedMidiFile,
  MAX_MIDI_FILE_BYTES,
  patternFromMidi,
  readMidiFile,
  writeMidiFile,
  type MidiFile,
  type MidiPart
} from '../../../../nodes/music/midi-file';
import { patternEquals, patternFromEvents } from '../../../../nodes/music/pattern';
import { anyFile, END, fileOf } from './support';

const partOf = (bytes: Uint8Array, choice = {}) => patternFromMidi(readMidiFile(bytes), choice);
/** The first track's events as `position: type …values`. */
const eventsOf = (...track: number[]) =>
  readMidiFile(fileOf([track])).tracks[0].events.map(({ position, event }) => [position, event]);
const note = (note: number, durationTicks: number, velocity = 100, channel = 1) => ({
  type: 'note',
  channel,
  note,
  velocity,
  durationTicks
});

function changed(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = byte;
  return copy;
}

function write({ pattern, tempos, signatures }: MidiPart): Uint8Array {
  return writeMidiFile({ events: pattern.events, lengthTicks: pattern.cycleTicks, tempos, signatures });
}

describe('reading a MIDI file', () => {
  it('keeps notes, programs, controllers, bends, pressure and sysex, each with its channel', () => {
    assert.deepEqual(
      eventsOf(
        ...[0, 0xb2, 0, 1, 0, 32, 2, 0, 0xc2, 5, 0, 0xe2, 0, 0x40, 0, 0xd2, 9, 0, 0xa2, 60, 8],
        ...[0, 0x92, 60, 100, 10, 60, 0, 0, 0xf0, 3, 1, 2, 0xf7, 0, 0xf7, 1, 0xfa, 0, 0xf7, 3, 0xf2, 1, 2],
        ...END
      ),
      [
        [0, { type: 'cc', channel: 3, controller: 0, value: 1 }],
        [0, { type: 'cc', channel: 3, controller: 32, value: 2 }],
        [0, { type: 'program', channel: 3, program: 5 }],
        [0, { type: 'pitchBend', channel: 3, value: 0 }],
        [0, { type: 'pressure', channel: 3, value: 9 }],
        [0, { type: 'polyPressure', channel: 3, note: 60, value: 8 }],
        [0, note(60, 10, 100, 3)],
        [10, { type: 'sysex', data: [1, 2] }],
        [10, { type: 'start' }],
        [10, { type: 'songPosition', position: 257 }]
      ]
    );
  });

  it('pairs notes: the oldest ends first, a note may have no length, one without an end lasts to the end', () => {
    assert.deepEqual(
      eventsOf(
        ...[0, 0x90, 60, 1, 5, 60, 2, 5, 60, 0, 5, 60, 0, 0, 60, 3, 0, 60, 0, 0, 60, 0, 0, 62, 4, 7],
        0xff,
        0x2f,
        0
      ),
      [
        [0, note(60, 10, 1)],
        [5, note(60, 10, 2)],
        [15, note(60, 0, 3)],
        [15, note(62, 7, 4)]
      ]
    );
  });

  it('reads sysex in packets, and counts what cannot be played', () => {
    const events = [
      ...[0, 0xf0, 2, 1, 2, 5, 0xf7, 1, 3, 5, 0xf7, 2, 4, 0xf7],
      ...[0, 0xf7, 2, 0xf3, 1, 0, 0xf0, 1, 9, 0, 0xf0, 2, 0x80, 0xf7],
      ...END
    ];
    const { tracks } = readMidiFile(fileOf([events]));
    assert.deepEqual(
      tracks[0].events.map(({ position, event }) => [position, event]),
      [[0, { type: 'sysex', data: [1, 2, 3, 4] }]]
    );
    assert.equal(tracks[0].leftOut, 3);
  });

  it('turns any resolution into 960 ticks to the quarter note without rounding to whole ones', () => {
    for (const [division, position] of [
      [96, 10],
      [384, 2.5],
      [1024, 0.9375],
      [7, (1 * 960) / 7]
    ]) {
      const { tracks } = readMidiFile(fileOf([[1, 0x90, 60, 1, 1, 60, 0, ...END]], { division }));
      assert.equal(tracks[0].events[0].position, position);
      assert.equal((tracks[0].events[0].event as { durationTicks: number }).durationTicks, position);
    }
  });

  it('tells of names, channels, tempo and signature', () => {
    const file = readMidiFile(
      fileOf([
        [0, 0xff, 3, 2, 0xc3, 0xbc, 0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x58, 2, 6, 3, ...END],
        [0, 0xff, 3, 1, 0xfc, 0, 0x99, 36, 1, 10, 36, 0, 0, 0xb1, 7, 1, ...END]
      ])
    );
    assert.deepEqual(
      file.tracks.map(({ name }) => name),
      ['ü', 'ü']
    );
    assert.deepEqual(
      file.tracks.map(({ notes }) => notes),
      [0, 1]
    );
    assert.deepEqual(file.tracks[1].channels, [2, 10]);
    const { tempos, signatures, pattern } = patternFromMidi(file);
    assert.deepEqual(tempos, [{ position: 0, microsecondsPerQuarter: 500_000, bpm: 120 }]);
    assert.deepEqual(signatures, [{ position: 0, beatsPerBar: 6, beatUnit: 8 }]);
    assert.equal(pattern.cycleTicks, 2880, 'one bar of 6/8');
  });

  it('passes over unknown chunks, a longer header, missing ends, what follows an end, and missing tracks', () => {
    const track = [0, 0x90, 60, 1, 10, 60, 0];
    const plain = fileOf([[...track, ...END]]);
    const variants = [
      fileOf([track]),
      fileOf([[...track, ...END, 1, 2, 3]]),
      Uint8Array.from([...plain, 1, 2, 3]),
      Uint8Array.from([
        ...plain.subarray(0, 14),
        ...Buffer.from('XFIH'),
        0,
        0,
        0,
        1,
        9,
        ...plain.subarray(14)
      ]),
      Uint8Array.from([...plain.subarray(0, 7), 8, ...plain.subarray(8, 14), 1, 2, ...plain.subarray(14)]),
      changed(plain, 11, 9)
    ];
    for (const bytes of variants) assert.deepEqual(readMidiFile(bytes), readMidiFile(plain));
    assert.deepEqual(readMidiFile(Buffer.from(plain)), readMidiFile(plain));
  });

  it('refuses what is no such file, with the offset', () => {
    const track = (...events: number[]) => fileOf([events]);
    const wrong: [Uint8Array, number, RegExp][] = [
      [new Uint8Array(0), 0, /MThd is missing/],
      [Buffer.from('RIFF....RMID'), 0, /MThd is missing/],
      [fileOf([END]).subarray(0, 12), 12, /within its header/],
      [changed(fileOf([END]), 7, 5), 4, /6 bytes or more/],
      [fileOf([END], { format: 3 }), 8, /type 0, 1 or 2/],
      [fileOf([END], { division: 0xe728 }), 12, /SMPTE/],
      [fileOf([END], { division: 0 }), 12, /1 or more/],
      [fileOf([]), 14, /no track/],
      [fileOf([END]).subarray(0, 20), 14, /head of a chunk/],
      [fileOf([END]).subarray(0, 25), 18, /4 bytes, but only 3/],
      [changed(fileOf([END]), 18, 0xff), 18, /only 4 are left/],
      [track(0, 60, 1), 23, /no status byte/],
      [track(0, 0x90, 60), 25, /within an event/],
      [track(0, 0x90, 60, 0x90), 25, /a status byte/],
      [track(0), 23, /where an event belongs/],
      [track(0x81), 23, /within a number/],
      [track(0x81, 0x81, 0x81, 0x81, 0, 0x90, 60, 1), 22, /more than four bytes/],
      [track(0, 0xf1, 0), 23, /0xf1 begins no event/],
      [track(0, 0xff), 24, /within an event/],
      [track(0, 0xff, 1, 5, 1), 26, /5 bytes should follow, and the track ends after 1/],
      [track(0, 0xff, 0x51, 2, 1, 1), 24, /0x51 of 2 bytes; 3 are needed/],
      [track(0, 0xff, 0x51, 3, 0, 0, 0), 26, /0 microseconds/],
      [track(0, 0xf0, 9, 1), 25, /9 bytes should follow/],
      [new Uint8Array(MAX_MIDI_FILE_BYTES + 1), MAX_MIDI_FILE_BYTES, /at most/]
    ];
    for (const [bytes, offset, reason] of wrong) {
      assert.throws(
        () => readMidiFile(bytes),
        (error: unknown) => {
          assert.ok(error instanceof MalformedMidiFile, String(error));
          assert.match(error.message, reason);
          assert.equal(error.offset, offset, error.message);
          return true;
        }
      );
    }
  });

  it('reads any bytes at all or says where they are wrong', () => {
    const damaged = fc
      .tuple(anyFile, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat(), fc.boolean())
      .map(([{ bytes }, changes, length, cut]) => {
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return cut ? bytes.subarray(0, length % (bytes.length + 1)) : bytes;
      });
    const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => fileOf([[...bytes]]));
    fc.assert(
      fc.property(fc.oneof(damaged, random, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        let file: MidiFile;
        try {
          file = readMidiFile(bytes);
        } catch (error) {
          assert.ok(error instanceof MalformedMidiFile, String(error));
          assert.ok(error.offset >= 0 && error.offset <= bytes.length, error.message);
          return;
        }
        // Whatever was read can be played, unless it is too long for a pattern.
        for (let track = 1; track <= file.tracks.length; track++) {
          try {
            const { pattern } = patternFromMidi(file, { track });
            assert.ok(patternEquals(pattern, patternFromEvents(pattern.events, pattern.cycleTicks)));
          } catch (error) {
            assert.ok(error instanceof OutOfBounds || /holds no events/.test(String(error)), String(error));
          }
        }
      }),
      { numRuns: 400 }
    );
  });
});

describe('choosing a part of a MIDI file', () => {
  const lead = [
    0,
    0xff,
    3,
    4,
    ...Buffer.from('Lead'),
    0,
    0x90,
    72,
    1,
    0,
    0x91,
    48,
    1,
    0x8f,
    0,
    48,
    0,
    0,
    0x80,
    72,
    0,
    ...END
  ];
  const bass = [0, 0xff, 3, 1, 0x32, 0, 0xc1, 9, 0, 0x91, 36, 1, 10, 36, 0, ...END];
  const file = readMidiFile(fileOf([lead, bass, END]));
  const notes = (choice: object) =>
    patternFromMidi(file, choice).pattern.events.flatMap(({ event }) =>
      event.type === 'note' ? [event.note] : []
    );

  it('takes all tracks, one by number or name, and one channel', () => {
    assert.deepEqual(notes({}), [72, 48, 36]);
    assert.deepEqual(notes({ track: 1 }), [72, 48]);
    assert.deepEqual(notes({ track: 'Lead' }), [72, 48]);
    assert.deepEqual(notes({ track: '2' }), [36], 'a name goes before a number, and the first is named Lead');
    assert.deepEqual(notes({ channel: 2 }), [48, 36]);
    assert.deepEqual(notes({ track: 'Lead', channel: 2 }), [48]);
    for (const choice of [{}, { track: 1 }, { track: 2 }, { channel: 2 }])
      assert.equal(patternFromMidi(file, choice).pattern.cycleTicks, 3840, 'parts of a file stay together');
  });

  it('refuses what is not there', () => {
    for (const track of [0, 4, 1.5, NaN, -1, {}, null, '9'])
      assert.throws(
        () => notes({ track }),
        (error) => error instanceof InvalidParameter || error instanceof OutOfBounds
      );
    assert.throws(() => notes({ track: 'Drums' }), /one of Lead, 2, or a number from 1 to 3/);
    assert.throws(() => notes({ track: 3 }), /holds no events/);
    assert.throws(() => notes({ channel: 5 }), /holds no events/);
    assert.throws(() => notes({ channel: 17 }), OutOfBounds);
  });

  it('plays a track of a file of type 2 by itself', () => {
    const tempo = (value: number) => [0, 0xff, 0x51, 3, value, 0, 0];
    const songs = readMidiFile(
      fileOf(
        [
          [...tempo(1), ...lead],
          [...tempo(2), ...bass]
        ],
        { format: 2, division: 96 }
      )
    );
    assert.throws(() => patternFromMidi(songs), /type 2.*choose one, 1 to 2/);
    const { pattern, tempos } = patternFromMidi(songs, { track: 2 });
    assert.equal(pattern.events.length, 2);
    assert.deepEqual(
      tempos.map(({ microsecondsPerQuarter }) => microsecondsPerQuarter),
      [0x20000]
    );
    assert.equal(pattern.cycleTicks, 3840);
    assert.equal(
      patternFromMidi(songs, { track: 1 }).pattern.cycleTicks,
      19200,
      '1920 of 96 ticks: five bars'
    );
  });

  it('has its cycle end on a bar line behind all events', () => {
    const cycle = (...track: number[]) => partOf(fileOf([track])).pattern.cycleTicks;
    assert.equal(cycle(...END), 3840);
    assert.equal(cycle(0x9e, 0, 0xff, 0x2f, 0), 3840, 'ends on the bar line');
    assert.equal(cycle(0x9e, 1, 0xff, 0x2f, 0), 7680);
    assert.equal(cycle(0x9e, 0, 0xc0, 1, ...END), 7680, 'begins something on the bar line');
    assert.equal(
      cycle(0, 0xff, 0x58, 2, 3, 2, 0x96, 0x40, 0xff, 0x58, 2, 2, 2, 0x87, 0x41, 0xff, 0x2f, 0),
      4800
    );
    const far = [0xff, 0xff, 0xff, 0x7f, 0xc0, 1, ...END];
    assert.throws(() => cycle(...far), /length of the MIDI file in ticks/);
  });
});

describe('writing a MIDI file', () => {
  it('and reading it again gives the same events', () => {
    fc.assert(
      fc.property(anyFile, ({ bytes }) => {
        const first = partOf(bytes);
        const again = partOf(write(first));
        assert.deepEqual(again.pattern.events, first.pattern.events);
        assert.equal(again.pattern.cycleTicks, first.pattern.cycleTicks);
        assert.deepEqual([again.tempos, again.signatures], [first.tempos, first.signatures]);
      }),
      { numRuns: 150 }
    );
  });

  it('loses and moves nothing, as another reader sees it', () => {
    const messages = (tracks: MidiEvent[][], ticksPerBeat: number) =>
      tracks
        .flatMap((track) => {
          let tick = 0;
          return track.map((event) => ({ ...event, tick: (tick += event.deltaTime) }));
        })
        .filter(({ type }) => /noteOn|controller|programChange|pitchBend|Aftertouch/.test(type))
        .map(({ tick, deltaTime: _, running: __, ...rest }: Record<string, unknown>) =>
          JSON.stringify([Math.round(((tick as number) * 1e9) / ticksPerBeat), Object.entries(rest).sort()])
        )
        .sort();
    fc.assert(
      fc.property(anyFile, ({ tracks, ticksPerBeat, bytes }) => {
        const { header, tracks: written } = parseMidi(write(partOf(bytes)));
        assert.deepEqual(messages(written, header.ticksPerBeat!), messages(tracks, ticksPerBeat));
      }),
      { numRuns: 100 }
    );
  });

  it('writes what no file holds by itself: long messages, milliseconds, events without a channel', () => {
    const { events } = patternFromEvents([
      { position: 0, event: { type: 'program', program: 3, bank: 129 } },
      { position: 0, event: { type: 'nrpn', channel: 2, parameter: 130, value: 131 } },
      { position: 0, event: { type: 'cc14', controller: 1, value: 129 } },
      { position: 0, event: { type: 'parameter', parameter: 'cutoff', value: 0.5 } },
      { position: 960, event: { type: 'note', note: 60, velocity: 90, durationMs: 500 } },
      { position: 960, event: { type: 'clock' } }
    ]);
    const bytes = writeMidiFile({ events, lengthTicks: 3840, name: 'Söng', channel: 5, bpm: 60 });
    const file = readMidiFile(bytes);
    assert.equal(file.tracks[0].name, 'Söng');
    const cc = (channel: number, controller: number, value: number) => ({
      type: 'cc',
      channel,
      controller,
      value
    });
    assert.deepEqual(
      file.tracks[0].events.map(({ event }) => event),
      [
        ...[cc(5, 0, 1), cc(5, 32, 1), { type: 'program', channel: 5, program: 3 }],
        ...[cc(2, 99, 1), cc(2, 98, 2), cc(2, 6, 1), cc(2, 38, 3)],
        ...[cc(5, 1, 1), cc(5, 33, 1)],
        { type: 'clock' },
        note(60, 480, 90, 5)
      ]
    );
  });

  it('takes 960 ticks to the quarter note where they do, finer ones where they help, and rounds otherwise', () => {
    const divisionOf = (...positions: number[]) => {
      const bytes = writeMidiFile({
        events: positions.map((position) => ({ position, event: { type: 'start' } })),
        lengthTicks: 4_000_000
      });
      const { ticksPerQuarter, tracks } = readMidiFile(bytes);
      const error = Math.max(
        ...tracks[0].events.map(({ position }, index) => Math.abs(position - positions[index]))
      );
      return [ticksPerQuarter, error];
    };
    assert.deepEqual(divisionOf(0, 1, 959), [960, 0]);
    assert.deepEqual(divisionOf(1 / 3, 0.5), [5760, 0]);
    assert.deepEqual(divisionOf(960 / 32_767, 960 * 3), [32_767, 0]);
    assert.equal(divisionOf(Math.PI, 3_000_000.123456)[0], 960);
    assert.ok(divisionOf(Math.PI, 3_000_000.123456)[1] <= 0.5);
  });
});
