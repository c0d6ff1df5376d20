import assert from 'node:assert/strict';
import { describe as describeValue } from '../../../nodes/music/errors';
import {
  insertEvent,
  patternEquals,
  patternFromEvents,
  type PatternEvent,
  type RawPatternEvent
} from '../../../nodes/music/pattern';
import { patternFromJson, patternToJson } from '../../../nodes/music/pattern-json';
import { readCondition } from '../../../nodes/music/player/condition';
import { isItemType, readItem, readStepPlay } from '../../../nodes/music/step';

const note = { type: 'note', note: 60, velocity: 100, durationTicks: 120 };
const move = { type: 'parameter', parameter: 'cutoff', value: 0.5 };

describe('what a step holds', () => {
  it('reads conditions', () => {
    assert.deepEqual(readCondition(' 3:8 '), { kind: 'pass', pass: 3, of: 8 });
    assert.deepEqual(readCondition('1:1'), { kind: 'pass', pass: 1, of: 1 });
    assert.deepEqual(readCondition('!fill'), { kind: 'fill', negated: true });
    assert.deepEqual(readCondition('prev'), { kind: 'prev', negated: false });
    assert.deepEqual(readCondition(' !first'), { kind: 'first', negated: true });
    assert.deepEqual(readCondition('$dark-2'), { kind: 'value', name: 'dark-2', negated: false });
    for (const wrong of ['', '!', '$', '0:4', '5:4', '1:65', '1:2:3', 'sometimes', '$1', '!1:2', 3, null]) {
      assert.throws(() => readCondition(wrong), { code: 'InvalidParameter' }, describeValue(wrong));
    }
  });

  it('reads parameter moves beside events', () => {
    assert.deepEqual(readItem({ ...move, extra: 1 }), move);
    assert.deepEqual(readItem({ ...move, value: 'saw', channel: 3 }), { ...move, value: 'saw', channel: 3 });
    assert.deepEqual(readItem(note), note);
    assert.ok(isItemType('parameter') && isItemType('cc') && !isItemType('span'));
    const wrong = [
      { ...move, value: 1.1 },
      { ...move, value: '' },
      { ...move, value: true },
      { ...move, parameter: ' ' },
      { ...move, parameter: 'x'.repeat(65) },
      { ...move, channel: 0 },
      { type: 'what' },
      null
    ];
    for (const raw of wrong) {
      assert.throws(() => readItem(raw), { name: /InvalidParameter|OutOfBounds/ }, describeValue(raw));
    }
    assert.throws(() => readItem({ type: 'what' }), /parameter is needed/);
  });

  it('reads how a step is played, and freezes it', () => {
    const play = readStepPlay({ probability: 0.5, ratchet: 3, condition: ' 1:2', locks: { cutoff: 1 } });
    assert.deepEqual(play, { probability: 0.5, ratchet: 3, condition: '1:2', locks: { cutoff: 1 } });
    assert.throws(() => Object.assign(play, { ratchet: 1 }), TypeError);
    assert.throws(() => Object.assign(play.locks!, { cutoff: 0 }), TypeError);
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`p${index}`, 0]));
    const wrong = [
      null,
      [],
      { probability: 2 },
      { ratchet: 17 },
      { ratchet: 1.5 },
      { condition: 'x' },
      { locks: { a: 2 } },
      { locks: 3 },
      { locks: many },
      { swing: 1 }
    ];
    for (const raw of wrong) {
      assert.throws(() => readStepPlay(raw), { name: /InvalidParameter|OutOfBounds/ }, describeValue(raw));
    }
  });

  it('belongs to the pattern: frozen, compared, and ordered with the controllers', () => {
    const play = { probability: 0.5, locks: { cutoff: 0.1 } };
    const raw: RawPatternEvent[] = [
      { position: 0, event: note, play },
      { position: 0, event: move }
    ];
    const pattern = patternFromEvents(raw);
    assert.deepEqual(pattern.query(0, 10), [
      { position: 0, event: move },
      { position: 0, event: note, play }
    ] as PatternEvent[]);
    const [first, second] = pattern.query(3840, 3850);
    assert.throws(() => Object.assign(first.event, { value: 1 }), TypeError);
    assert.throws(() => Object.assign(second.play!, { ratchet: 2 }), TypeError);
    const same = insertEvent(patternFromEvents([raw[1]]), 0, note, play);
    assert.ok(patternEquals(pattern, same));
    for (const other of [undefined, { ...play, ratchet: 2 }, { ...play, locks: { cutoff: 0.2 } }]) {
      assert.ok(!patternEquals(pattern, patternFromEvents([raw[1], { ...raw[0], play: other }])));
    }
  });
});

describe('a pattern as JSON', () => {
  const pattern = patternFromEvents(
    [
      { position: 0, event: { type: 'sysex', data: [1, 2] } },
      { position: 10, event: { ...note, channel: 3 }, play: { condition: '1:2', locks: { cutoff: 'low' } } },
      { position: 12.5, event: move }
    ],
    960
  );

  it('goes out and comes back the same', () => {
    const json = patternToJson(pattern, 'bass');
    const { pattern: read, name } = patternFromJson(JSON.parse(JSON.stringify(json)));
    assert.equal(name, 'bass');
    assert.ok(patternEquals(read, pattern));
    assert.deepEqual(patternToJson(read, name), json);
    assert.ok(!Object.hasOwn(patternToJson(pattern), 'name'));
    // It is the caller's own.
    (json.events[0].event as { data: number[] }).data.push(3);
    (json.events[1].play!.locks as Record<string, number>).cutoff = 1;
    assert.ok(patternEquals(patternFromJson(patternToJson(pattern)).pattern, pattern));
  });

  it('is refused with a reason, and the number of the event', () => {
    const good = patternToJson(pattern);
    const wrong: [unknown, RegExp][] = [
      [undefined, /phasor/],
      [{}, /phasor/],
      [{ ...good, version: 2 }, /version 1/],
      [{ ...good, name: 5 }, /name/],
      [{ ...good, cycleTicks: undefined }, /cycleTicks/],
      [{ ...good, cycleTicks: 0 }, /cycleTicks/],
      [{ ...good, events: {} }, /events/],
      [{ ...good, events: [good.events[0], null] }, /events\[1\]/],
      [{ ...good, events: [{ position: 960, event: note }] }, /events\[0\].*less than the cycle/],
      [
        { ...good, events: [good.events[0], { position: 1, event: note, play: { ratchet: 0 } }] },
        /\[1\].*ratchet/
      ],
      [{ ...good, events: { length: 2e9 } }, /array/]
    ];
    for (const [raw, expected] of wrong) assert.throws(() => patternFromJson(raw), expected);
  });
});
