import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patternFromMidi, readMidiFile, writeMidiFile } from '../../nodes/music/midi-file';
import { patternEquals, patternFromEvents } from '../../nodes/music/pattern';
import { patternToJson } from '../../nodes/music/pattern-json';
import { openStore, type Store } from '../../nodes/palette/store';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, settle, setUserDir, type Flow } from '../support/node-helper';

const ons = (heard: Heard[]) =>
  heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90).map(({ bytes }) => bytes[1]);

/** Quarter notes of one bar as a pattern and as a MIDI file. */
const tune = (...notes: number[]) =>
  patternFromEvents(
    notes.map((note, index) => ({
      position: index * 960,
      event: { type: 'note', note, velocity: 100, durationTicks: 480, channel: index < 2 ? 1 : 2 }
    }))
  );
const midi = (...notes: number[]) =>
  Buffer.from(writeMidiFile({ events: tune(...notes).events, lengthTicks: 3840 }));

describe('a pattern that comes from a file', () => {
  let userDir: string;
  let store: Store;

  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'phasor-files-'));
    setUserDir(userDir);
    store = openStore(userDir, 'patterns');
  });

  afterEach(async () => {
    await endFlow();
    setUserDir(undefined);
    rmSync(userDir, { recursive: true, force: true });
  });

  const flow = (extra: object): Flow => [
    parts.device(),
    parts.clock([['pattern'], []]),
    parts.pattern([['out'], ['told']], extra),
    parts.out(),
    parts.helper('told'),
    parts.catch([['caught']]),
    parts.helper('caught')
  ];
  const fromFile = (file: string) => flow({ source: 'file', file });
  const errorOf = (caught: Record<string, unknown>[]) =>
    caught.map(({ error }) => (error as { message: string }).message).join();

  it('plays what is in the store, from the first note on, in a loop', async () => {
    await store.write('tune.mid', midi(60, 62, 64, 65));
    const { record, run, status } = await runFlow(fromFile('tune.mid'));
    const heard = record('synth');
    await run(4400);
    assert.deepEqual(ons(heard).slice(0, 9), [60, 62, 64, 65, 60, 62, 64, 65, 60]);
    assert.equal(status('pattern').text, 'tune.mid');
  });

  it('plays a part of a file, and a pattern as JSON', async () => {
    await store.write('tune.mid', midi(60, 62, 64, 65));
    await store.write('other.json', JSON.stringify(patternToJson(tune(48, 50, 52, 53))));
    const { record, run, node } = await runFlow(fromFile('tune.mid channel 2'));
    const heard = record('synth');
    await run(1990);
    assert.deepEqual(ons(heard), [64, 65]);
    node('pattern').receive({ payload: { file: 'other.json', when: 'bar' } });
    await run(2200);
    assert.ok(ons(heard).join().includes('48,50,52,53'), ons(heard).join());
  });

  it('takes bytes by message, tells what they hold, and keeps them over a deploy', async () => {
    const { record, run, node, collect, redeploy } = await runFlow(flow({ notation: '~' }));
    const heard = record('synth');
    const told = collect('told');
    await run(100);
    node('pattern').receive({ payload: { midi: midi(60, 62, 64, 65), channel: 2 } });
    await run(1700);
    assert.deepEqual(ons(heard), [64, 65]);
    const { topic, payload } = told[0] as { topic: string; payload: Record<string, unknown> };
    assert.equal(topic, 'file');
    assert.deepEqual([payload.file, payload.format, payload.notes, payload.beats], ['message', 0, 4, 4]);
    await redeploy([...flow({ notation: '~' }), parts.helper('new')], 'full');
    heard.length = 0;
    await run(2100);
    assert.deepEqual(ons(heard), [64, 65]);
    node('pattern').receive({ topic: 'midi', payload: midi(70, 71, 72, 73).toString('base64') });
    await run(4200);
    assert.ok(ons(heard).join().includes('70,71,72,73'), ons(heard).join());
  });

  describe('whose tempo leads', () => {
    /** Two bars: the second half of the first at 60 BPM, the second at 240. */
    const rubato = Buffer.from(
      writeMidiFile({
        events: Array.from({ length: 8 }, (_, index) => ({
          position: index * 960,
          event: { type: 'note' as const, channel: 1, note: 60 + index, velocity: 100, durationTicks: 480 }
        })),
        lengthTicks: 7680,
        tempos: [
          { position: 0, bpm: 120, microsecondsPerQuarter: 500_000 },
          { position: 1920, bpm: 60, microsecondsPerQuarter: 1_000_000 },
          { position: 3840, bpm: 240, microsecondsPerQuarter: 250_000 }
        ]
      })
    );
    const leading = (extra: object): Flow => [
      parts.device(),
      parts.clock([['pattern'], []], { bpm: 90 }),
      parts.pattern([['out'], ['clock', 'told']], { notation: '~', ...extra }),
      parts.out(),
      parts.helper('told'),
      parts.catch([['caught']]),
      parts.helper('caught')
    ];
    /** How far apart the notes are, to 20 ms. */
    const gaps = (heard: Heard[]) => {
      const times = heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90).map(({ timeMs }) => timeMs);
      return times.slice(1).map((time, index) => Math.round((time - times[index]) / 20) * 20);
    };
    const tempos = (told: Record<string, unknown>[]) =>
      told.filter(({ topic }) => topic === 'tempo').map(({ payload }) => (payload as { bpm: number }).bpm);

    it('plays at its own tempo, changes included, again and again', async () => {
      await store.write('rubato.mid', rubato);
      const { record, run, collect } = await runFlow(
        leading({ source: 'file', file: 'rubato.mid', fileTempo: true })
      );
      const heard = record('synth');
      const told = collect('told');
      const caught = collect('caught');
      await run(9000);
      const bar = [500, 500, 1000, 1000, 260, 260, 260, 260];
      assert.deepEqual(gaps(heard).slice(0, 16), [...bar, ...bar]);
      assert.deepEqual(tempos(told).slice(0, 6), [120, 60, 240, 120, 60, 240]);
      assert.deepEqual(caught, []);
    });

    it('is asked for by message, at once and while the clock stands, and leaves the clock alone else', async () => {
      const { record, run, collect, node } = await runFlow(leading({ fileTempo: false }));
      const heard = record('synth');
      const told = collect('told');
      const caught = collect('caught');
      node('pattern').receive({ payload: { midi: rubato } });
      await run(3000);
      assert.deepEqual(tempos(told), []);
      node('clock').receive({ payload: 'stop' });
      node('clock').receive({ payload: { position: 0 } });
      await run(100);
      node('pattern').receive({ payload: { midi: rubato, fileTempo: true } });
      await run(100);
      assert.deepEqual(tempos(told), [120]);
      heard.length = 0;
      node('clock').receive({ payload: 'start' });
      await run(3600);
      assert.deepEqual(gaps(heard).slice(0, 5), [500, 500, 1000, 1000, 260]);
      // What somebody sets holds until the file says something else.
      node('pattern').receive({ payload: { fileTempo: false } });
      node('clock').receive({ payload: { bpm: 90 } });
      const before = tempos(told).length;
      await run(6000);
      assert.equal(tempos(told).length, before);
      node('pattern').receive({ payload: { midi: rubato, fileTempo: 'maybe' } });
      await settle();
      assert.match(errorOf(caught), /fileTempo: "maybe" is not valid: true or false is needed/);
    });

    it('follows jumps of the song and its own launch', async () => {
      await store.write('rubato.mid', rubato);
      const { run, collect, node } = await runFlow(
        leading({ source: 'file', file: 'rubato.mid', fileTempo: true })
      );
      const told = collect('told');
      await run(600);
      assert.deepEqual(tempos(told), [120]);
      node('clock').receive({ payload: { position: '2:2' } });
      await run(300);
      assert.deepEqual(tempos(told), [120, 240]);
      node('pattern').receive({ payload: 'launch' });
      await run(800);
      assert.equal(tempos(told).at(-1), 120);
    });
  });

  it('refuses what is missing or broken, and plays on what played', async () => {
    await store.write('tune.mid', midi(60, 62, 64, 65));
    const { record, run, node, collect } = await runFlow(fromFile('tune.mid'));
    const heard = record('synth');
    const caught = collect('caught');
    await run(100);
    const wrong: [unknown, RegExp][] = [
      [{ file: 'gone.mid' }, /there is no file "gone.mid"/],
      [{ file: '../../settings.mid' }, /file name without folders/],
      [{ file: 'tune.mid', track: 7 }, /track: 7 is out of range: 1 to 1/],
      [{ file: 'tune.mid', channel: 9 }, /holds no events/],
      [{ midi: Buffer.from('MThd, but not really') }, /MIDI file: byte 8/],
      [{ midi: 5 }, /the bytes of a MIDI file/]
    ];
    for (const [payload, reason] of wrong) {
      caught.length = 0;
      node('pattern').receive({ payload });
      await settle();
      assert.match(errorOf(caught), reason);
    }
    await run(1900);
    assert.deepEqual(ons(heard).slice(0, 4), [60, 62, 64, 65]);
  });

  it('follows its file: changed it is heard, broken or gone the old one plays on', async () => {
    await store.write('tune.mid', midi(60, 60, 60, 60));
    const { record, run, collect, status, node } = await runFlow(fromFile('tune.mid'));
    const heard = record('synth');
    const caught = collect('caught');
    await run(1100);
    await store.write('tune.mid', midi(72, 72, 72, 72));
    await run(3000);
    assert.equal(ons(heard).at(-1), 72);
    await store.write('tune.mid', 'MThd broken');
    await run(1500);
    assert.match(errorOf(caught), /MIDI file: byte/);
    assert.deepEqual([status('pattern').fill, ons(heard).at(-1)], ['red', 72]);
    heard.length = 0;
    await store.remove('tune.mid');
    await run(2000);
    assert.deepEqual(ons(heard), [72, 72, 72, 72]);
    // Named once more it is refused; what plays in its place can be changed all the same.
    node('pattern').receive({ payload: { file: 'tune.mid' } });
    await settle();
    caught.length = 0;
    node('pattern').receive({ payload: { transpose: 1 } });
    await run(2000);
    assert.deepEqual([caught.length, ons(heard).at(-1)], [0, 73]);
    node('pattern').receive({ payload: { transpose: 0 } });
    await store.write('tune.mid', midi(50, 50, 50, 50));
    await run(2000);
    assert.deepEqual([status('pattern').fill, ons(heard).at(-1)], ['green', 50]);
  });

  it('waits for a file that is not there at the deploy', async () => {
    const { record, run, status, node } = await runFlow(fromFile('later.mid'));
    const heard = record('synth');
    await run(500);
    assert.match(status('pattern').text, /there is no file "later.mid"/);
    // To be told the same file is refused, and changes nothing: it is still waited for.
    node('pattern').receive({ payload: { file: 'later.mid' } });
    await settle();
    assert.match(status('pattern').text, /there is no file "later.mid"/);
    node('pattern').receive({ payload: { transpose: 12 } });
    await store.write('later.mid', midi(60, 60, 60, 60));
    await run(2000);
    assert.equal(ons(heard).at(-1), 72);
  });

  it('sends and saves what it plays as a file', async () => {
    const { run, node, collect } = await runFlow(flow({ notation: '<c4 e4> g4' }));
    const told = collect('told') as { topic: string; payload: Buffer; filename: string }[];
    node('pattern').receive({ payload: { export: 'midi', name: 'My tune', bpm: 90 } });
    await run(10);
    assert.equal(told[0].filename, 'My tune.mid');
    const { pattern, tempos } = patternFromMidi(readMidiFile(told[0].payload));
    assert.deepEqual(
      pattern.events.map(({ position, event }) => [position, (event as { note: number }).note]),
      [
        [0, 60],
        [1920, 67],
        [3840, 64],
        [5760, 67]
      ]
    );
    assert.equal(Math.round(tempos[0].bpm), 90);
    const saved = new Promise<void>((resolve) => node('told').on('input', () => resolve()));
    node('pattern').receive({ payload: { save: 'kept.json' } });
    await saved;
    assert.ok(store.list().some(({ name }) => name === 'kept.json'));
    node('pattern').receive({ payload: { file: 'kept.json' } });
    node('pattern').receive({ payload: { export: 'midi' } });
    await run(10);
    const again = patternFromMidi(readMidiFile(told.at(-1)!.payload)).pattern;
    assert.ok(patternEquals(again, pattern));
  });

  it('plays a file of 10⁵ events without a gap', async () => {
    const events = Array.from({ length: 50_000 }, (_, index) => ({
      position: index * 40,
      event: { type: 'note' as const, channel: 1, note: 60 + (index % 12), velocity: 1, durationTicks: 10 }
    }));
    await store.write('long.mid', writeMidiFile({ events, lengthTicks: 2_000_000 }));
    const { record, run } = await runFlow(fromFile('long.mid'));
    const heard = record('synth');
    await run(1000);
    const played = heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90);
    assert.ok(played.length > 30);
    played.forEach(({ timeMs, bytes }, index) => {
      assert.equal(bytes[1], 60 + (index % 12));
      assert.ok(Math.abs(timeMs - played[0].timeMs - index * (125 / 6)) < 0.001);
    });
  });
});
