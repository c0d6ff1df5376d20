import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Timelines } from '../../../nodes/pattern/player';
import type { Span } from '../../../nodes/engine';
import type { Quantum, When } from '../../../nodes/pattern/pattern-config';
import { Timeline } from '../../../nodes/pattern/timeline';
import { playerOf } from '../../support/pattern-player';

function span(from: number, to: number, rest: Partial<Span> = {}): Span {
  return {
    type: 'span',
    clock: 'clock',
    epoch: 1,
    from,
    to,
    position: from,
    timeMs: 0,
    bpm: 120,
    beatsPerBar: 4,
    beatUnit: 4,
    running: true,
    primed: false,
    replay: false,
    ...rest
  };
}

const player = (quantum: 'bar' | 'beat' | 'none' = 'none', timelines: Timelines = new Map()) =>
  playerOf('c4 d4 e4 f4', quantum, { source: 'me', timelines });
const ticks = (answers: { at: { tick: number } }[]) => answers.map(({ at }) => at.tick);

describe('a pattern that answers spans', () => {
  it('gives each event once, however time is cut', () => {
    const lengths = fc.array(fc.double({ min: 0.001, max: 500, noNaN: true }), {
      minLength: 1,
      maxLength: 60
    });
    fc.assert(
      fc.property(lengths, (cuts) => {
        const one = player();
        let from = 0;
        const found = cuts.flatMap((length) => ticks(one.answer(span(from, (from += length)))));
        const expected = Array.from({ length: Math.ceil(from / 960) }, (_, index) => index * 960);
        assert.deepEqual(found, expected);
      })
    );
  });

  it('keeps to the clocks that it hears of, however many were named', () => {
    const one = player();
    for (let round = 0; round < 10; round++) {
      one.answer(span(round * 100, round * 100 + 100));
      for (let number = 0; number < 50; number++) {
        one.answer(span(0, 10, { clock: `made up ${round} ${number}` }));
      }
      assert.ok(one.clocks().includes('clock') && one.clocks().length <= 64);
    }
  });

  it('stamps in run ticks what it finds by position', () => {
    const [answer] = player().answer(span(5000, 5500, { position: 900, epoch: 7 }));
    assert.deepEqual(answer.at, { clock: 'clock', epoch: 7, tick: 5060, source: 'me', ordinal: 0 });
    assert.equal(answer.topic, 'note');
  });

  it('marks answers to a replay, and gives the same stamps again', () => {
    const one = player();
    const first = one.answer(span(0, 2000));
    const again = one.answer(span(0, 2000, { replay: true }));
    assert.deepEqual(
      again.map(({ at }) => at),
      first.map(({ at }) => ({ ...at, replay: true }))
    );
  });

  it('joins a clock that runs at its launch quantum, one that has not begun at once', () => {
    const late = (quantum: 'bar' | 'beat' | 'none') => ticks(player(quantum).answer(span(1000, 8000)))[0];
    assert.deepEqual([late('bar'), late('beat'), late('none')], [3840, 1920, 1920]);
    assert.deepEqual(ticks(player('bar').answer(span(0, 100, { running: false, primed: true }))), [0]);
  });

  it('joins on the bars and beats of the clock behind a change of signature', () => {
    // One bar of 7/8, then 4/4.
    const late = (quantum: Quantum) => {
      const one = playerOf('c4*8', quantum);
      return ticks(one.answer(span(4000, 24_000, { barPosition: 3360, bar: 2 })))[0];
    };
    assert.deepEqual(
      (['beat', 'bar', 1, 2, 4] as const).map(late),
      [3360 + 960, 3360 + 3840, 3360 + 3840, 3360 + 3840, 3360 + 3 * 3840].map(
        // Strikes are an eighth apart, and on the grid of the song.
        (tick) => Math.ceil(tick / 480) * 480
      )
    );
  });

  it('changes at the beats and bars of the clock behind a change of signature', () => {
    const timeline = new Timeline();
    timeline.remember(span(3360, 3400, { barPosition: 3360, bar: 2 }));
    const next = (when: When) => timeline.next(when, 1, 3390);
    assert.deepEqual([next('beat'), next('bar'), next('cycle')], [4320, 7200, 7200]);
  });

  it('is joined for good: a new epoch and a new player go on', () => {
    const timelines: Timelines = new Map();
    player('bar', timelines).answer(span(1000, 1100));
    assert.deepEqual(ticks(player('bar', timelines).answer(span(1900, 2000))), [], 'still waits for its bar');
    assert.deepEqual(ticks(player('bar', timelines).answer(span(0, 100, { epoch: 2 }))), [0]);
    assert.deepEqual(player('bar', timelines).clocks(), ['clock']);
  });

  it('is silent while muted, where time stands, and remembers only so many clocks', () => {
    const one = player();
    one.performance = undefined;
    assert.deepEqual(one.answer(span(0, 5000, { clock: 'silent' })), []);
    assert.deepEqual(one.answer(span(0, 0, { running: false })), []);
    for (let index = 0; index < 1000; index++) one.answer(span(0, 10, { clock: `clock ${index}` }));
    assert.equal(one.clocks().length, 64);
  });

  it('answers with copies', () => {
    const one = player();
    const [first] = one.answer(span(0, 10));
    (first.payload as { note: number }).note = 1;
    assert.equal((one.answer(span(0, 10))[0].payload as { note: number }).note, 60);
  });
});
