import assert from 'node:assert/strict';
import fc from 'fast-check';
import { patternFromNotation } from '../../../../nodes/music/notation';
import { patternFromEvents, type RawPatternEvent } from '../../../../nodes/music/pattern';
import { Performance, type Played, type Scene } from '../../../../nodes/music/player/performance';
import { readPlaySettings, type PlayFields } from '../../../../nodes/music/player/settings';
import { nearestInScale } from '../../../../nodes/music/player/shift';
import { scaleNamed } from '../../../../nodes/music/pitch';

const BAR = 3840;
const ALWAYS = { origin: 0, from: -Infinity, to: Infinity };

/** Eight eighths, 60 … 67, in one bar. */
const EIGHTHS = Array.from({ length: 8 }, (_, index) => step(index * 480, 60 + index));

function step(position: number, note: number, play?: RawPatternEvent['play']): RawPatternEvent {
  return { position, event: { type: 'note', note, velocity: 100, durationTicks: 240 }, play };
}

function performance(events: RawPatternEvent[], fields: PlayFields = {}, rest: Partial<Scene> = {}) {
  return new Performance({
    patterns: [patternFromEvents(events, BAR)],
    settings: readPlaySettings(fields),
    ...rest
  });
}

const play = (one: Performance, from = 0, to = BAR) => one.play(ALWAYS, from, to);
const pitches = (played: Played[]) =>
  played.map(({ event }) => ('note' in event ? event.note : event.type)).join(' ');
const times = (played: Played[]) => played.map(({ position }) => position);
/** What `bars` bars hold, a text for each. */
const bars = (one: Performance, count: number) =>
  Array.from({ length: count }, (_, bar) => pitches(play(one, bar * BAR, (bar + 1) * BAR)));

describe('a performance', () => {
  it('plays a pattern as it is when nothing is set', () => {
    const one = performance(EIGHTHS);
    assert.equal(pitches(play(one)), '60 61 62 63 64 65 66 67');
    assert.deepEqual(
      times(play(one, BAR, 2 * BAR)),
      EIGHTHS.map(({ position }) => position + BAR)
    );
    assert.deepEqual(play(one, 480, 481)[0].event, EIGHTHS[1].event);
    assert.ok(Object.isFrozen(play(one)[0].event));
  });

  it('plays faster, slower, and a length of its own against the bar', () => {
    assert.equal(pitches(play(performance(EIGHTHS, { rate: 2 }), 0, 960)), '60 61 62 63');
    assert.deepEqual(times(play(performance(EIGHTHS, { rate: '1/2' }))), [0, 960, 1920, 2880]);
    const [{ event }] = play(performance(EIGHTHS, { rate: 2, noteLength: 50 }), 0, 10);
    assert.equal((event as { durationTicks: number }).durationTicks, 60);
    const three = performance(EIGHTHS, { length: 1.5 });
    assert.deepEqual(bars(three, 3), [
      '60 61 62 60 61 62 60 61',
      '62 60 61 62 60 61 62 60',
      '61 62 60 61 62 60 61 62'
    ]);
    const long = new Performance({
      patterns: [patternFromNotation('<60 61 62>*4')],
      settings: readPlaySettings({ length: 5 })
    });
    // The length goes into the next cycle, and the pattern then begins with the one after.
    assert.equal(pitches(play(long, 0, 2.5 * BAR)), '60 61 62 60 61 62 60 61 62 60');
  });

  it('plays backward, there and back without playing the ends twice', () => {
    const step = 0.5;
    assert.deepEqual(bars(performance(EIGHTHS, { direction: 'backward', step }), 1), [
      '67 66 65 64 63 62 61 60'
    ]);
    const there = performance(EIGHTHS, { direction: 'pingpong', step });
    assert.equal(pitches(play(there, 0, 2 * BAR)), '60 61 62 63 64 65 66 67 66 65 64 63 62 61 60 61');
    const two = performance(EIGHTHS, { direction: 'pingpong', step, length: 1 });
    assert.equal(pitches(play(two, 0, BAR)), '60 61 60 61 60 61 60 61');
    assert.equal(
      pitches(play(performance(EIGHTHS, { direction: 'pingpong', length: 0.5 }), 0, 1000)),
      '60 60 60'
    );
  });

  it('plays at random, never the same step twice, each as often as another', () => {
    for (const length of [1, 1.5, 2, 4]) {
      const one = performance(EIGHTHS, { direction: 'random', step: 0.5, length, seed: 3 });
      const heard = play(one, 0, 200 * BAR).map(({ event }) => (event as { note: number }).note);
      assert.equal(heard.length, 1600);
      heard.forEach((note, index) => assert.notEqual(note, heard[index - 1]));
      const counts = Array.from(
        { length: length * 2 },
        (_, index) => heard.filter((note) => note === 60 + index).length
      );
      for (const count of counts)
        assert.ok(Math.abs(count - 800 / length) < 160 / length, `${counts.join(' ')}`);
    }
  });

  it('transposes, and draws to the nearest note of a scale', () => {
    assert.equal(pitches(play(performance(EIGHTHS, { transpose: 12 }))), '72 73 74 75 76 77 78 79');
    assert.equal(pitches(play(performance(EIGHTHS, { quantise: 'c4 major' }))), '60 60 62 62 64 65 65 67');
    const high = performance([step(0, 127), step(1, 3)], { transpose: 5 });
    assert.equal(pitches(play(high)), '120 8');
    assert.equal(pitches(play(performance([step(0, 3)], { transpose: -5 }))), '10');
    const scale = scaleNamed('d3 minor pentatonic')!;
    for (let note = 0; note < 128; note++) {
      const near = nearestInScale(note, scale);
      assert.ok(
        Math.abs(near - note) <= 2 &&
          [0, 3, 5, 7, 10].includes((near - 2) % 12 >= 0 ? (near - 2) % 12 : ((near - 2) % 12) + 12)
      );
    }
  });

  it('leaves notes out by density, and brings them back in the same order', () => {
    const heard = (density: number) =>
      new Set(play(performance(EIGHTHS, { density, seed: 5 }), 0, 50 * BAR).map(({ position }) => position));
    const [few, many] = [heard(25), heard(60)];
    assert.ok(Math.abs(few.size - 100) < 30 && Math.abs(many.size - 240) < 40, `${few.size} ${many.size}`);
    for (const position of few) assert.ok(many.has(position));
    assert.equal(heard(0).size, 0);
    assert.equal(heard(100).size, 400);
    assert.notDeepEqual(
      heard(50),
      new Set(
        play(performance(EIGHTHS, { density: 50, seed: 6 }), 0, 50 * BAR).map(({ position }) => position)
      )
    );
  });

  it('keeps the probability of a step, other in each pass', () => {
    const one = performance([step(0, 60, { probability: 0.3 })], { seed: 1 });
    const count = play(one, 0, 1000 * BAR).length;
    assert.ok(Math.abs(count - 300) < 60, `${count}`);
  });

  it('strikes a step several times within its length', () => {
    const one = performance([step(0, 60, { ratchet: 3, stepTicks: 480 }), step(480, 61, { ratchet: 2 })]);
    assert.deepEqual(times(play(one)), [0, 160, 320, 480, 600]);
    assert.deepEqual(
      play(one).map(({ event }) => (event as { durationTicks: number }).durationTicks),
      [80, 80, 80, 120, 120]
    );
    const all = performance([step(0, 60), step(480, 61, { ratchet: 16 })], { ratchet: 2 });
    assert.equal(play(all).length, 2 + 16);
    // A note that is a little shorter than its steps is struck on the grid.
    const note = { type: 'note', note: 60, velocity: 100, durationTicks: 768 };
    assert.deepEqual(times(play(performance([{ position: 0, event: note }], { ratchet: 2 }))), [0, 480]);
    // A notation tells the steps that it has.
    const thirds = new Performance({
      patterns: [patternFromNotation('c4 d4 e4', { stepLengths: true })],
      settings: readPlaySettings({ ratchet: 2 })
    });
    assert.deepEqual(times(play(thirds)), [0, 640, 1280, 1920, 2560, 3200]);
  });

  it('asks the conditions of a step', () => {
    const conditions = ['1:2', '2:2', '2:4', 'first', '!first', 'fill', '!fill', '$dark', '!$dark'];
    const steps = conditions.map((condition, index) => step(index * 240, 60 + index, { condition }));
    const plain = performance(steps);
    assert.deepEqual(bars(plain, 4), ['60 63 66 68', '61 62 64 66 68', '60 64 66 68', '61 64 66 68']);
    const set = performance(steps, {}, { fill: true, values: new Map<string, unknown>([['dark', 'yes']]) });
    assert.deepEqual(bars(set, 2), ['60 63 65 67', '61 62 64 65 67']);
    for (const no of [false, 0, '', 'off', NaN, null]) {
      const off = performance(steps, {}, { values: new Map<string, unknown>([['dark', no]]) });
      assert.deepEqual(bars(off, 1), ['60 63 66 68']);
    }
  });

  it('follows the condition before a step with prev', () => {
    const one = performance([
      step(0, 60, { condition: 'prev' }),
      step(240, 61, { condition: '1:2' }),
      step(480, 62),
      step(2400, 63, { condition: 'prev' }),
      step(2640, 64, { condition: '!prev' }),
      step(2640, 65, { condition: 'prev' })
    ]);
    assert.deepEqual(bars(one, 2), ['61 62 63 65', '62 64']);
    // The same in a query that begins just there.
    assert.equal(pitches(play(one, 2390, 2410)), '63');
    assert.equal(pitches(play(one, BAR + 2390, BAR + 2410)), '');
  });

  it('locks parameters just before the note, from flow values where they are named', () => {
    const locks = { cutoff: 0.5, mode: 'saw', depth: '$depth', gone: '$gone' };
    const one = performance([step(0, 60, { locks, ratchet: 2 })], {}, { values: new Map([['depth', 7]]) });
    const move = (parameter: string, value: number | string) => ({ type: 'parameter', parameter, value });
    const played = play(one);
    assert.deepEqual(
      played.slice(0, 3).map(({ event }) => event),
      [move('cutoff', 0.5), move('mode', 'saw'), move('depth', 1)]
    );
    assert.equal(pitches(played), 'parameter parameter parameter 60 60');
    assert.deepEqual(times(played).slice(0, 4), [0, 0, 0, 0]);
  });

  it('ends, is followed, or begins again when its cycles are over', () => {
    const cycles = 2;
    const steps = [step(0, 60, { condition: 'first' }), step(480, 61)];
    const ended = performance(steps, { cycles });
    assert.deepEqual(bars(ended, 4), ['60 61', '61', '', '']);
    assert.deepEqual(ended.ends(0, 0, 9 * BAR), [2 * BAR]);
    const again = performance(steps, { cycles, ending: 'again' });
    assert.deepEqual(bars(again, 4), ['60 61', '61', '60 61', '61']);
    assert.deepEqual(again.ends(0, 0, 5 * BAR), [2 * BAR, 4 * BAR]);
    const next = new Performance({
      patterns: ['1', '<2 3>', '4'].map((text) => patternFromNotation(text)),
      settings: readPlaySettings({ cycles, ending: 'next' })
    });
    assert.equal(bars(next, 8).join(' '), '1 1 2 3 4 4 1 1');
    assert.deepEqual(
      next.ends(100, 0, 7 * BAR),
      [2, 4, 6].map((bar) => 100 + bar * BAR)
    );
    assert.equal(pitches(next.play({ ...ALWAYS, origin: BAR }, 0, 4 * BAR)), '1 1 2');
  });

  it('says where its next pass begins', () => {
    const one = performance(EIGHTHS, { length: 1.5 });
    assert.deepEqual([one.nextPass(0, 0), one.nextPass(0, 1), one.nextPass(100, 1541)], [0, 1440, 2980]);
  });

  it('moves notes and velocities by chance, within bounds', () => {
    const one = performance(EIGHTHS, { humaniseTime: 40, humaniseVelocity: 20, step: 0.25, seed: 9 });
    const played = play(one, 0, 100 * BAR - 240);
    assert.equal(played.length, 800);
    const off = played.map(({ position }, index) => position - index * 480);
    const loud = played.map(({ event }) => (event as { velocity: number }).velocity);
    assert.ok(Math.max(...off.map(Math.abs)) <= 96 && Math.max(...off) > 60 && Math.min(...off) < -60);
    assert.ok(Math.max(...loud) <= 120 && Math.min(...loud) >= 80 && new Set(loud).size > 30);
    assert.equal(played[0].position, Math.max(0, played[0].position));
  });

  const texts = ['c4 ~ <e4 g4> [a4 b4]', 'bd(5,8) hh*16?', '[c3,e3,g3]/1.5 d4*3', '{1 2 3 4 5}%8'];
  const playFields = fc.record({
    rate: fc.constantFrom('1', '3/2', '0.25', '7'),
    length: fc.constantFrom('', 0.75, 1.3, 5),
    direction: fc.constantFrom('forward', 'backward', 'pingpong', 'random'),
    step: fc.constantFrom(0.25, 0.5, 1 / 3),
    groove: fc.constantFrom('straight', 'shuffle', 'samba', '-20 30 -45'),
    density: fc.constantFrom(100, 60),
    ratchet: fc.constantFrom(1, 3),
    humaniseTime: fc.constantFrom(0, 50),
    humaniseVelocity: fc.constantFrom(0, 30),
    cycles: fc.constantFrom('', 3),
    ending: fc.constantFrom('stop', 'next', 'again'),
    seed: fc.integer()
  });

  it('gives each event once, however time is cut and in whatever order it is asked', () => {
    const events = [
      step(0, 60, { condition: '1:2' }),
      step(500, 61, { probability: 0.5, condition: 'prev' }),
      step(1000.5, 62, { ratchet: 5, locks: { a: 1 } }),
      step(3700, 63, { ratchet: 7, stepTicks: 960 })
    ];
    const scenes = fc.record({
      patterns: fc.constantFrom(
        [patternFromEvents(events, BAR), patternFromNotation(texts[1])],
        ...texts.map((text) => [
          patternFromNotation(text, { seed: 4, cycleTicks: 1999.5 }),
          patternFromNotation('c')
        ])
      ),
      settings: playFields.map(readPlaySettings)
    });
    const cuts = fc.array(fc.double({ min: 0, max: 4 * BAR, noNaN: true }), { maxLength: 12 });
    const begins = fc.constantFrom(0, 5000, 1e6 + 0.25);
    const stretches = fc.constantFrom(
      ALWAYS,
      { origin: 1000, from: 1500, to: Infinity },
      { origin: 0, from: 2000, to: 9000 }
    );
    fc.assert(
      fc.property(scenes, cuts, begins, stretches, (scene, cuts, begin, stretch) => {
        const end = begin + 4 * BAR;
        const whole = new Performance(scene).play(stretch, begin, end);
        const ticks = [begin, ...cuts.map((cut) => begin + cut), ...times(whole).slice(0, 4), end];
        ticks.sort((a, b) => a - b);
        const parts = ticks.slice(1).map((to, index) => [ticks[index], to]);
        const other = new Performance(scene);
        const found = parts.reverse().map(([from, to]) => other.play(stretch, from, to));
        assert.deepEqual(found.reverse().flat(), whole);
      }),
      { numRuns: 250 }
    );
  });

  it('loses nothing at a change: two scenes share time by where their events are written', () => {
    fc.assert(
      fc.property(playFields, fc.double({ min: 1, max: 2 * BAR, noNaN: true }), (fields, at) => {
        // Notes that nothing leaves out: one at each place, all of which must be heard, by one scene or the other.
        const settings = readPlaySettings({ ...fields, density: 100, ratchet: 1, cycles: '' });
        const one = new Performance({ patterns: [patternFromEvents(EIGHTHS, BAR)], settings });
        const whole = one.play(ALWAYS, 0, 3 * BAR);
        const before = one.play({ ...ALWAYS, to: at }, 0, 3 * BAR);
        const after = one.play({ ...ALWAYS, from: at }, 0, 3 * BAR);
        assert.equal(before.length + after.length, whole.length);
      }),
      { numRuns: 150 }
    );
  });

  it('costs what a span holds, not what lies before it', () => {
    let asked = 0;
    const base = patternFromNotation('c4*64');
    const pattern = {
      ...base,
      query: (from: number, to: number) => {
        asked += to - from;
        return base.query(from, to);
      }
    };
    for (const fields of [
      {},
      { groove: 'samba', humaniseTime: 50 },
      { direction: 'random' }
    ] as PlayFields[]) {
      const one = new Performance({ patterns: [pattern], settings: readPlaySettings(fields) });
      const reach = one.early + one.late;
      for (const from of [0, 1e6, 1e9]) {
        asked = 0;
        play(one, from, from + 60);
        assert.ok(asked <= 60 + reach + 1, `${asked} ticks asked for`);
      }
    }
  });
});

describe('play settings', () => {
  it('are read from numbers and texts, blank meaning as it is', () => {
    const fields = {
      rate: ' 3 / 2 ',
      length: '3',
      step: '1',
      noteLength: '50',
      density: 0,
      cycles: '4',
      ending: 'again'
    };
    const settings = readPlaySettings(fields);
    assert.deepEqual(
      [
        settings.rate,
        settings.lengthTicks,
        settings.stepTicks,
        settings.noteLength,
        settings.density,
        settings.cycles
      ],
      [1.5, 2880, 960, 0.5, 0, 4]
    );
    assert.deepEqual(
      readPlaySettings({}),
      readPlaySettings({ rate: '', length: ' ', groove: '', direction: '' })
    );
  });

  it('are refused with the name of what is wrong', () => {
    const wrong: PlayFields[] = [
      { rate: 0 },
      { rate: '1/0' },
      { rate: 'fast' },
      { length: 0 },
      { length: 5000 },
      { direction: 'sideways' },
      { step: 0 },
      { groove: 'polka' },
      { noteLength: 0 },
      { transpose: 0.5 },
      { quantise: 'c4 jolly' },
      { density: 101 },
      { ratchet: 17 },
      { humaniseTime: 51 },
      { humaniseVelocity: 65 },
      { cycles: 0 },
      { ending: 'explode' }
    ];
    for (const fields of wrong) {
      const [parameter] = Object.keys(fields);
      assert.throws(() => readPlaySettings(fields), { parameter }, JSON.stringify(fields));
    }
  });
});
