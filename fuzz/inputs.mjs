// What is thrown at everything: values that no one expects, and good ones with something wrong in them.
import fc from 'fast-check';
import { Buffer } from 'node:buffer';

/** Numbers at which code turns, and any other. */
export const number = fc.oneof(
  fc.constantFrom(
    NaN,
    Infinity,
    -Infinity,
    0,
    -0,
    -1,
    0.5,
    1,
    127,
    128,
    255,
    2 ** 31,
    2 ** 53,
    1e300,
    5e-324
  ),
  fc.integer({ min: -300, max: 300 }),
  fc.double()
);

/** Words that something is done about. */
const WORDS = [
  ...[
    'start',
    'stop',
    'continue',
    'tap',
    'panic',
    'note',
    'noteOn',
    'noteOff',
    'cc',
    'program',
    'bend',
    'pressure'
  ],
  ...[
    'polyPressure',
    'sysex',
    'nrpn',
    'rpn',
    'span',
    'beat',
    'parameter',
    'bytes',
    'clock',
    'tempo',
    'bpm',
    'pattern'
  ],
  ...[
    'notation',
    'grid',
    'file',
    'mutation',
    'profile',
    'seed',
    'rate',
    'mute',
    'solo',
    'position',
    'locate',
    'loop'
  ],
  ...[
    'cutoff',
    'resonance',
    'learn',
    'smoothing',
    'forget',
    'record',
    'export',
    'swing',
    'offset',
    'channel',
    'value'
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    ' ',
    '\u0000',
    '𝄞',
    '../x',
    'c4 e4',
    'a:b',
    '1e999'
  ]
];

export const text = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 60 }));

/** Anything that JSON can say, and what only JavaScript can. */
export const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    text,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.array(tie('any'), { maxLength: 6 }),
    fc.dictionary(text, tie('any'), { maxKeys: 6 }),
    fc.uint8Array({ maxLength: 20 })
  )
})).any;

/** What an event of ours looks like, with some of its fields wrong. */
export const event = fc.record(
  {
    type: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...WORDS.slice(5, 20)) },
      { weight: 1, arbitrary: value }
    ),
    ...Object.fromEntries(
      [
        'channel',
        'note',
        'velocity',
        'controller',
        'value',
        'program',
        'durationMs',
        'durationTicks',
        'number',
        'pressure'
      ].map((key) => [
        key,
        fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -1, max: 130 }) }, { weight: 1, arbitrary: value })
      ])
    ),
    clock: fc.constantFrom('clock', 'nobody'),
    epoch: number,
    from: number,
    to: number,
    position: number,
    running: fc.boolean(),
    bytes: fc.oneof(fc.array(fc.integer({ min: -1, max: 256 }), { maxLength: 20 }), value),
    parameter: text
  },
  { requiredKeys: ['type'] }
);

const at = fc.record(
  {
    clock: fc.constantFrom('clock', 'nobody', '__proto__'),
    epoch: fc.oneof(fc.integer({ min: 0, max: 3 }), number),
    tick: number,
    timeMs: number,
    source: text,
    ordinal: number,
    replay: fc.boolean()
  },
  { requiredKeys: [] }
);

export const message = fc.record(
  {
    topic: fc.oneof(text, value),
    payload: fc.oneof(
      event,
      text,
      value,
      fc.array(event, { maxLength: 5 }),
      fc.uint8Array({ maxLength: 30 }).map(Buffer.from)
    ),
    at: fc.oneof(at, value),
    parts: value
  },
  { requiredKeys: [] }
);

/** Good texts with pieces taken out, doubled, exchanged, and thrown in. */
export function spoiled(seeds) {
  const piece = fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 12 }),
    put: fc.oneof(text, fc.constantFrom(...seeds))
  });
  return fc.tuple(fc.constantFrom(...seeds), fc.array(piece, { maxLength: 6 })).map(([seed, pieces]) =>
    pieces.reduce((now, { at: place, length, put }) => {
      const from = now.length === 0 ? 0 : place % now.length;
      return now.slice(0, from) + put.slice(0, 40) + now.slice(from + length);
    }, seed)
  );
}

/** The same for bytes. */
export function spoiledBytes(seeds) {
  const piece = fc.record({ at: fc.nat(), drop: fc.nat({ max: 4 }), put: fc.uint8Array({ maxLength: 4 }) });
  return fc.tuple(fc.constantFrom(...seeds), fc.array(piece, { maxLength: 8 })).map(([seed, pieces]) =>
    pieces.reduce((now, { at: place, drop, put }) => {
      const from = now.length === 0 ? 0 : place % now.length;
      return Buffer.concat([now.subarray(0, from), put, now.subarray(from + drop)]);
    }, Buffer.from(seed))
  );
}

/** A good object with one or more of its values, however deep, in exchange for any other. */
export function spoiledJson(seeds) {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), value), { minLength: 1, maxLength: 3 }))
    .map(([seed, changes]) => {
      let whole = { seed: JSON.parse(JSON.stringify(seed)) };
      for (const [index, put] of changes) {
        const places = placesIn(whole);
        const [parent, key] = places[index % places.length];
        // Not by assignment: a key may be __proto__.
        Object.defineProperty(parent, key, {
          value: put,
          enumerable: true,
          configurable: true,
          writable: true
        });
        whole = { ...whole };
      }
      return whole.seed;
    });
}

function placesIn(object) {
  return Object.keys(object).flatMap((key) => {
    const inner = object[key];
    const deeper =
      typeof inner === 'object' && inner !== null && !ArrayBuffer.isView(inner) ? placesIn(inner) : [];
    return [[object, key], ...deeper];
  });
}
