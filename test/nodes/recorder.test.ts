import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMidiFile } from '../../nodes/music/midi-file';
import { openStore, type Store } from '../../nodes/palette/store';
import { endFlow, parts, runFlow, settle, setUserDir } from '../support/node-helper';

describe('the recorder of an alsa out', () => {
  let userDir: string;
  let store: Store;

  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'phasor-recorder-'));
    setUserDir(userDir);
    store = openStore(userDir, 'patterns');
  });

  afterEach(async () => {
    await endFlow();
    setUserDir(undefined);
    rmSync(userDir, { recursive: true, force: true });
  });

  const FLOW = [
    parts.device(),
    parts.device({ id: 'device2', name: 'second', port: 'second' }),
    parts.clock([['pattern'], []]),
    parts.pattern([['out', 'out2'], []]),
    parts.out(),
    parts.out({ id: 'out2', device: 'device2' }),
    parts.catch([['caught']]),
    parts.helper('caught')
  ];

  /** Waits for a file of the store. */
  const written = async (name: string) => {
    const seen = new Promise<void>((resolve) => {
      const stop = store.watch((names) => {
        if (!names.includes(name)) return;
        stop();
        resolve();
      });
    });
    await seen;
    return readMidiFile(store.read(name));
  };

  it('keeps what one port was sent and when, over a deploy', async () => {
    const flow = await runFlow(FLOW);
    const heard = flow.record('synth');
    await flow.run(10);
    flow.node('out').receive({ payload: { record: { bpm: 100 } } });
    await flow.run(1000);
    assert.match(flow.status('out').text, /^phasor-alsa-out.status.recording|records/);
    await flow.redeploy([...FLOW, parts.helper('new')]);
    await flow.run(1000);
    const saved = written('take 1.mid');
    flow.node('out').receive({ payload: { save: 'take 1.mid' } });
    const { tracks, ticksPerQuarter } = await saved;
    assert.equal(ticksPerQuarter, 9600);
    const played = heard
      .filter(({ bytes }) => bytes[0] >> 4 === 9)
      .map(({ timeMs, bytes }) => [timeMs, bytes[1]]);
    const msPerTick = 60_000 / 100 / 960;
    const file = tracks[0].events.filter(({ event }) => event.type === 'note');
    assert.deepEqual(
      file.map(({ event }) => (event as { note: number }).note),
      played.map(([, note]) => note)
    );
    assert.ok(file.length >= 3);
    file.forEach(({ position }, index) => {
      const first = file[0].position * msPerTick - played[0][0];
      assert.ok(Math.abs(position * msPerTick - first - played[index][0]) < 0.1);
    });
  });

  it('refuses to save what was not recorded, and names that are no MIDI file', async () => {
    const flow = await runFlow(FLOW);
    const caught = flow.collect('caught');
    const wrong: [object, RegExp][] = [
      [{ save: 'a.mid' }, /nothing was recorded/],
      [{ save: 'a.json' }, /ends in .mid/],
      [{ save: '../a.mid' }, /without folders/],
      [{ record: { bpm: 0 } }, /bpm/]
    ];
    for (const [payload, reason] of wrong) {
      caught.length = 0;
      flow.node('out').receive({ payload });
      await settle();
      assert.match((caught[0].error as { message: string }).message, reason);
    }
    flow.node('out').receive({ payload: 'record' });
    flow.node('out').receive({ payload: { record: false } });
    await settle();
    assert.deepEqual(store.list(), []);
  });
});
