import fc from 'fast-check';
import { writeMidi, type MidiEvent } from 'midi-file';

/** Bytes of a file: type, tracks as bytes without their heads, ticks per quarter note. */
export function fileOf(
  tracks: number[][],
  { format = tracks.length > 1 ? 1 : 0, division = 960 } = {}
): Uint8Array {
  const chunk = (name: string, data: number[]) => [
    ...Buffer.from(name),
    (data.length >>> 24) & 255,
    (data.length >>> 16) & 255,
    (data.length >>> 8) & 255,
    data.length & 255,
    ...data
  ];
  const header = [0, format, tracks.length >> 8, tracks.length & 255, division >> 8, division & 255];
  return Uint8Array.from([...chunk('MThd', header), ...tracks.flatMap((track) => chunk('MTrk', track))]);
}

export const END = [0, 0xff, 0x2f, 0];

const seven = fc.integer({ min: 0, max: 127 });
const channel = fc.integer({ min: 0, max: 15 });
/** Few keys, so that notes meet. */
const noteNumber = fc.integer({ min: 60, max: 63 });
const deltaTime = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 500 }) },
  fc.integer({ min: 0, max: 20_000 })
);

const shapes: fc.Arbitrary<Record<string, unknown>>[] = [
  fc.record({ type: fc.constant('noteOn'), channel, noteNumber, velocity: fc.integer({ min: 1, max: 127 }) }),
  fc.record({ type: fc.constant('noteOff'), channel, noteNumber, velocity: seven }),
  fc.record({ type: fc.constant('controller'), channel, controllerType: seven, value: seven }),
  fc.record({ type: fc.constant('programChange'), channel, programNumber: seven }),
  fc.record({ type: fc.constant('pitchBend'), channel, value: fc.integer({ min: -8192, max: 8191 }) }),
  fc.record({ type: fc.constant('channelAftertouch'), channel, amount: seven }),
  fc.record({ type: fc.constant('noteAftertouch'), channel, noteNumber, amount: seven }),
  fc.array(seven, { maxLength: 20 }).map((data) => ({ type: 'sysEx', data: [...data, 0xf7] })),
  fc.record({
    type: fc.constant('setTempo'),
    meta: fc.constant(true),
    microsecondsPerBeat: fc.integer({ min: 1, max: 0xffffff })
  }),
  fc.record({
    type: fc.constant('timeSignature'),
    meta: fc.constant(true),
    numerator: fc.integer({ min: 1, max: 12 }),
    denominator: fc.constantFrom(2, 4, 8, 16),
    metronome: fc.constant(24),
    thirtyseconds: fc.constant(8)
  }),
  fc.record({ type: fc.constant('trackName'), meta: fc.constant(true), text: fc.constant('a track') }),
  fc.constant({ type: 'endSysEx', data: [0xfa] })
];

const midiEvent = fc
  .tuple(
    deltaTime,
    fc.oneof({ weight: 6, arbitrary: shapes[0] }, { weight: 6, arbitrary: shapes[1] }, ...shapes.slice(2))
  )
  .map(([deltaTime, event]) => ({ ...event, deltaTime }) as unknown as MidiEvent);

/** Files as another program writes them: type 0 or 1, any ticks per quarter note, running status or not. */
export const anyFile = fc
  .record({
    tracks: fc.array(fc.array(midiEvent, { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
    ticksPerBeat: fc.oneof(
      fc.constantFrom(24, 96, 120, 192, 384, 480, 960, 1024, 32_767),
      fc.integer({ min: 24, max: 32_767 })
    ),
    running: fc.boolean()
  })
  .map(({ tracks, ticksPerBeat, running }) => ({
    tracks,
    ticksPerBeat,
    bytes: Uint8Array.from(
      writeMidi(
        {
          header: { format: tracks.length > 1 ? 1 : 0, numTracks: tracks.length, ticksPerBeat },
          tracks: tracks.map((track) => [
            ...track,
            { deltaTime: 7, meta: true, type: 'endOfTrack' } as MidiEvent
          ])
        },
        { running }
      )
    )
  }));
