import assert from 'node:assert/strict';
import type { InputEvent } from '../../../nodes/music/bytes';
import { Recorder, type RecordSettings } from '../../../nodes/music/recorder';

const on = (note: number, velocity = 100) => ({ type: 'noteOn' as const, channel: 1, note, velocity });
const off = (note: number) => ({ type: 'noteOff' as const, channel: 1, note, velocity: 64 });

function make(settings: Partial<RecordSettings> = {}) {
  const recorder = new Recorder({
    cycleTicks: 3840,
    gridTicks: 240,
    strength: 1,
    mode: 'overdub',
    ...settings
  });
  const notes = () =>
    recorder.pattern().events.map(({ position, event }) => [position, (event as { note: number }).note]);
  /** At places of a song that does not jump. */
  const take = (event: InputEvent, at: number) => recorder.take(event, { position: at, run: at });
  const play = (note: number, from: number, to: number) => {
    take(on(note), from);
    take(off(note), to);
  };
  return { recorder, notes, take, play };
}

describe('a recorder', () => {
  it('makes a loop of what is played at song positions, with lengths', () => {
    const { recorder, play } = make();
    play(60, 3840 * 2 + 10, 3840 * 2 + 500);
    assert.deepEqual(recorder.pattern().events, [
      { position: 0, event: { type: 'note', channel: 1, note: 60, velocity: 100, durationTicks: 490 } }
    ]);
  });

  it('quantises by its strength, also over the seam of the loop, and keeps what was played', () => {
    const { recorder, notes, play } = make({ strength: 0.5 });
    play(60, 260, 300);
    play(61, 3830, 3900);
    assert.deepEqual(notes(), [
      [250, 60],
      [3835, 61]
    ]);
    recorder.settings = { ...recorder.settings, strength: 1 };
    assert.deepEqual(notes(), [
      [0, 61],
      [240, 60]
    ]);
    recorder.settings = { ...recorder.settings, gridTicks: 0 };
    assert.deepEqual(notes(), [
      [260, 60],
      [3830, 61]
    ]);
  });

  it('adds in overdub, and replaces only what the round has passed', () => {
    for (const [mode, expected] of [
      [
        'overdub',
        [
          [0, 60],
          [1920, 62],
          [1920, 65],
          [2880, 64]
        ]
      ],
      [
        'replace',
        [
          [1920, 65],
          [2880, 64]
        ]
      ]
    ] as const) {
      const { recorder, notes, play } = make({ mode });
      play(60, 0, 100);
      play(62, 1920, 2000);
      play(64, 2880, 3000);
      assert.equal(recorder.pass({ position: 3000, run: 3000 }, 840), false);
      assert.equal(recorder.pass({ position: 3840, run: 3840 }, 1920), mode === 'replace');
      play(65, 3840 + 1920, 3840 + 2400);
      recorder.pass({ position: 3840 + 1920, run: 3840 + 1920 }, 480);
      assert.deepEqual(notes(), expected, mode);
    }
  });

  it('counts lengths and rounds by what has sounded, where the song goes back', () => {
    const { recorder } = make({ mode: 'replace', gridTicks: 0 });
    recorder.take(on(60), { position: 3700, run: 3700 });
    recorder.pass({ position: 3700, run: 3700 }, 140);
    recorder.pass({ position: 0, run: 3840 }, 100);
    recorder.take(off(60), { position: 100, run: 3940 });
    const [{ position, event }] = recorder.pattern().events;
    assert.deepEqual([position, (event as { durationTicks: number }).durationTicks], [3700, 240]);
    recorder.pass({ position: 3600, run: 7440 }, 240);
    assert.ok(recorder.isEmpty);
  });

  it('ends held keys, keeps controllers where they were, and forgets when it is told to', () => {
    const { recorder, take } = make();
    take(on(60), 100);
    take({ type: 'cc', channel: 1, controller: 1, value: 5 }, 333);
    take({ type: 'clock' }, 340);
    recorder.finish(400);
    const events = recorder.pattern().events.map(({ position, event }) => [position, event.type]);
    assert.deepEqual(events, [
      [0, 'note'],
      [333, 'cc']
    ]);
    recorder.clear();
    assert.ok(recorder.isEmpty);
  });
});
