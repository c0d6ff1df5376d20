import assert from 'node:assert/strict';
import { spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeRed, type FlowNode } from '../support/node-red';
import { NOT_NEEDED } from './core-nodes';
import { DRUMS, DRUMS_BPM, startDrums } from './drums';
import { repeatAfterStandstill } from './standstill';
import { midiFile, needSequencer, THROUGH } from './support';

const NO_ADDON = { PHASOR_NATIVE: '/nowhere/phasor.node' };
const PITCHES = [60, 64, 67, 71];

const device = (id: string, inputPort: string): FlowNode => ({
  id,
  type: 'phasor-device',
  name: `${id} device`,
  portMode: 'loopback',
  port: `${id} loop`, // a field that equals an id of a config node would name that node
  inputMode: 'name',
  inputPort,
  wire: 'none'
});
const node = (id: string, type: string, fields: object): FlowNode => ({
  id,
  type,
  z: 'tab',
  x: 1,
  y: 1,
  ...fields
});
const debug = (id: string) =>
  node(id, 'debug', { active: true, tosidebar: true, complete: 'payload', targetType: 'msg', wires: [] });

const FLOW: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'tab', disabled: false },
  device('keys', THROUGH),
  device('drums', DRUMS),
  node('in', 'phasor-alsa-in', { device: 'keys', wires: [['played'], []] }),
  debug('played'),
  node('clock', 'phasor-clock', {
    source: 'follow',
    followDevice: 'drums',
    bpm: 90,
    wires: [[], ['told']]
  }),
  debug('told')
];

describe('without the addon, Node-RED on a real sequencer', function () {
  this.timeout(180_000);
  repeatAfterStandstill(this);
  let nodeRed: NodeRed | undefined;
  let drums: ChildProcess | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'phasor-rtmidi-'));

  before(function () {
    needSequencer(this);
  });
  afterEach(async () => {
    drums?.kill('SIGKILL');
    await nodeRed?.stop();
  });
  after(() => rmSync(folder, { recursive: true }));

  const payloads = (id: string) =>
    (nodeRed?.debug ?? [])
      .filter((shown) => shown.id === id)
      .map(({ text }) => JSON.parse(text) as Record<string, unknown>);

  it('hears notes and follows a clock through RtMidi, and says what its stamps cost', async () => {
    nodeRed = await NodeRed.start({ phasorDriver: 'auto', nodesExcludes: NOT_NEEDED }, { env: NO_ADDON });
    const statusOf = (id: string) => nodeRed?.statuses.get(id)?.text ?? '';
    await nodeRed.deploy(FLOW);
    await nodeRed.until('the input is open', () => statusOf('in').includes('RtMidi'));
    assert.match(statusOf('in'), /^Midi Through.*\(RtMidi, ± 1 ms\)$/);
    const report = (await nodeRed.get('phasor/status')) as { driver: string };
    assert.equal(report.driver, 'rtmidi');

    const file = join(folder, 'notes.mid');
    writeFileSync(
      file,
      midiFile(
        PITCHES.flatMap((pitch) => [
          [0x90, pitch, 100],
          [0x80, pitch, 64]
        ]),
        20
      )
    );
    const { status, stderr } = spawnSync('aplaymidi', ['-p', 'Midi Through', file], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const played = () => payloads('played').filter(({ type }) => type === 'noteOn' || type === 'noteOff');
    await nodeRed.until('the notes are heard', () => played().length >= 2 * PITCHES.length);
    assert.deepEqual(
      played().map(({ type, note }) => [type, note]),
      PITCHES.flatMap((pitch) => [
        ['noteOn', pitch],
        ['noteOff', pitch]
      ])
    );

    drums = startDrums(); // not before: it ends after 30 beats
    const told = () => payloads('told').filter(({ type }) => type === 'follow');
    await nodeRed.until('it locks', () => told().some(({ state }) => state === 'locked'), 30_000);
    const bpm = told().at(-1)?.bpm as number;
    assert.ok(Math.abs(bpm - DRUMS_BPM) < 3, String(bpm));
    const beats = () => payloads('told').filter(({ type }) => type === 'beat').length;
    await nodeRed.until('it plays in its time', () => beats() >= 4, 30_000);
    console.log(`        ${bpm} BPM, jitter ${String(told().at(-1)?.jitterMs)} ms; "${statusOf('clock')}"`);
  });
});
