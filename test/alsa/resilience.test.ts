import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chordFlow } from '../support/chord-flow';
import { CRASH_POINTS, FaultyEngine, playQuartet, readCable, soundingAfter } from '../support/faults';
import { NodeRed, ROOT } from '../support/node-red';
import { assertUndisturbed, lastRun, notesOf, quartet } from '../support/quartet';
import { repeatAfterStandstill } from './standstill';
import {
  CLOCK,
  CONTINUE,
  count,
  Listener,
  needSequencer,
  pitches,
  run,
  sleep,
  SONG_POSITION,
  STOP,
  until
} from './support';

const READER = 'aseqdump:aseqdump';
const CRASHES = 16;
const MOMENTS = 50;
/** After so many no client and no port of ours is left behind. */
const DEPLOYS = 100;
const KINDS = ['full', 'flows', 'nodes'] as const;
/** What takes a real machine a tenth of a second takes the emulated one up to a second. */
const LOOKAHEAD_MS = 3000;

/** A half note at 140 BPM. */
const HALF_MS = (60_000 / 140) * 2;

const FIXTURE = join(__dirname, '..', 'runtime', 'exit-fixture.js');
const WAYS = ['exit', 'throw', 'reject', 'sigint', 'sigterm', 'dispose', 'panic', 'release', 'close'];

/** Clients of ours that the sequencer knows. */
const clients = () => run('aconnect', '-l').match(/'Phasor'/g)?.length ?? 0;

const sounding = (listener: Listener) => soundingAfter(listener.events);

describe('faults of the worker, at a real sequencer', function () {
  this.timeout(180_000);
  let faulty: FaultyEngine;
  let listener: Listener;

  before(function () {
    needSequencer(this);
  });

  async function play(settings = {}) {
    listener = await new Listener().ready();
    faulty = new FaultyEngine({ restartsPerMinute: 1000, ...settings });
    await faulty.engine.ready();
    const playing = playQuartet(faulty.engine, { mode: 'name', port: READER }, LOOKAHEAD_MS);
    playing.transport.start();
    await until('it plays', () => pitches(listener.messages).length > 0, 30_000);
    return playing;
  }

  afterEach(async () => {
    faulty?.disarm();
    await faulty?.engine.dispose();
    await listener?.end();
  });

  it(`${CRASHES} crashes leave no note on and no client behind, and it plays on`, async () => {
    const { transport } = await play();
    const { engine } = faulty;
    let restarted = 0;
    engine.on('restarted', () => restarted++);
    const gaps: number[] = [];
    for (let round = 0; round < CRASHES; round++) {
      const point = CRASH_POINTS[round % CRASH_POINTS.length];
      faulty.arm(point, 1 + (round % 5), round % 3 === 0);
      await until(`it crashes (${point})`, () => restarted > round);
      const from = listener.messages.length;
      gaps.push(await until('it plays again', () => pitches(listener.messages.slice(from)).length > 3));
    }
    transport.stop();
    await until('it is silent', () => count(listener.messages, STOP) > 0 && sounding(listener).length === 0);
    assert.equal(clients(), 1);
    gaps.sort((a, b) => a - b);
    console.log(
      `        plays again after ${gaps[gaps.length >> 1].toFixed(0)} ms (p50), ${gaps.at(-1)?.toFixed(0)} ms (most)`
    );
  });

  for (const point of ['hangWait', 'hangSend']) {
    it(`an endless loop (${point}) at realtime priority is noticed and ended, and what sounds with it`, async () => {
      const { transport, output } = await play({ hangMs: 500 });
      const { engine } = faulty;
      assert.equal(engine.report().priority.granted, 'fifo');
      const long = { type: 'noteOn', channel: 9, note: 1, velocity: 1 } as const;
      output.send(long, undefined, { source: 'somebody', enteredMs: engine.now() });
      await until('it sounds', () => listener.messages.some(([status]) => status === 0x98));
      let restarted = 0;
      engine.on('restarted', () => restarted++);
      faulty.arm(point);
      const ms = await until('it is followed by another', () => restarted > 0);
      faulty.disarm();
      const from = listener.messages.length;
      await until('the long note ends', () => listener.messages.some(([status]) => status === 0x88));
      await until('it plays again', () => pitches(listener.messages.slice(from)).length > 3);
      console.log(`        restarted ${ms.toFixed(0)} ms after the loop began`);
      transport.stop();
      await until('it is silent', () => sounding(listener).length === 0);
    });
  }

  it('a reader that stopped gets the ends that it missed when it reads again', async () => {
    const { transport, output } = await play();
    const { engine } = faulty;
    const figures = () => engine.outputReports()[0].counters;
    const long = { channel: 9, note: 1, velocity: 1 } as const;
    const origin = { source: 'somebody', enteredMs: engine.now() };
    output.send({ type: 'noteOn', ...long }, undefined, origin);
    await until('it sounds', () => listener.messages.some(([status]) => status === 0x98));
    // More than its queue takes: the ends of notes that sounded are refused, and this one is taken and thrown away.
    transport.setBpm(999);
    listener.stall();
    output.send({ type: 'noteOff', ...long }, undefined, origin);
    await until('its queue is full', () => (figures()?.sendErrors ?? 0) > 50, 30_000);
    transport.stop();
    await sleep(500);
    const owed = engine.soundingNotes();
    listener.resume();
    await until('all ends are sent', () => engine.soundingNotes() === 0);
    // It comes behind all that the reader has still to read; one that finds its queue full is lost.
    const last = { type: 'cc', channel: 16, controller: 119, value: 77 } as const;
    await until('all is read', () => {
      output.send(last, undefined, { source: 'somebody', enteredMs: engine.now() });
      return listener.messages.some(([status]) => status === 0xbf);
    });
    assert.deepEqual(sounding(listener), []);
    const heard = listener.messages.length;
    await sleep(500);
    const after = listener.messages.slice(heard).filter(([status]) => status < 0xf0 && status !== 0xbf);
    assert.deepEqual(after, [], 'no burst of what is over');
    assert.equal(lastTransport(), STOP);
    console.log(`        ${owed} voices were owed their end`);
    assert.ok(owed > 0);
  });

  const lastTransport = () =>
    listener.messages
      .map(([status]) => status)
      .filter((status) => status >= 0xfa && status <= 0xfc)
      .at(-1);
});

describe('ends and deploys, at a real sequencer', function () {
  this.timeout(300_000);
  let listener: Listener;
  let nodeRed: NodeRed | undefined;

  before(function () {
    needSequencer(this);
  });
  beforeEach(async () => {
    listener = await new Listener().ready();
  });
  afterEach(async () => {
    await nodeRed?.stop();
    nodeRed = undefined;
    await listener.end();
  });

  for (const way of WAYS) {
    it(`the end by ${way} leaves no note on`, async () => {
      const child = spawn(process.execPath, [FIXTURE, way, '', `alsa:${READER}`], {
        stdio: ['ignore', 'ignore', 'inherit']
      });
      await once(child, 'exit');
      await until(
        'all is heard',
        () => pitches(listener.messages).length === 3 && sounding(listener).length === 0
      );
    });
  }

  /** Node-RED's own nodes that no flow here has: loading all of them takes long in the guest. */
  const NEEDED = ['05-junction.js', '10-function.js', '20-inject.js', '90-comment.js', '98-unknown.js'];
  const core = join(ROOT, 'node_modules', '@node-red', 'nodes', 'core');
  const nodesExcludes = readdirSync(core, { recursive: true })
    .map((path) => basename(String(path)))
    .filter((name) => /^(\d.*|rbe)\.js$/.test(name) && !NEEDED.includes(name));

  async function start(more: Record<string, unknown> = {}): Promise<NodeRed> {
    const runtimeState = { enabled: true, ui: false };
    nodeRed = await NodeRed.start({
      phasorDriver: 'auto',
      phasorLookaheadMs: LOOKAHEAD_MS,
      nodesExcludes,
      runtimeState,
      ...more
    });
    return nodeRed;
  }
  const DEVICE = { portMode: 'name', port: READER };
  interface Status {
    outputs?: { state: string }[];
    transports: { missedMs: number }[];
  }
  const status = async () => (await nodeRed?.get('phasor/status')) as Status;
  const isOpen = async () => (await status()).outputs?.[0]?.state === 'open';

  /** Deploys the chord; the function that is returned lets it sound. */
  async function deployChord(red: NodeRed): Promise<() => Promise<void>> {
    await red.deploy(chordFlow(DEVICE));
    await red.until('it is open', isOpen);
    return async () => {
      await red.inject('chord');
      await red.inject('start');
      await red.until('it sounds', () => sounding(listener).length >= 5);
    };
  }

  it('stop, stopped flows, a panic, nodes taken out and the uncaught error of another leave no note on', async () => {
    const red = await start();
    let play = await deployChord(red);
    await play();
    await red.inject('stop');
    await red.until('the pattern is silent', () => sounding(listener).length === 4);
    await red.inject('panic');
    await red.until('all is silent', () => sounding(listener).length === 0);
    await play();
    await red.request('POST', 'flows/state', { state: 'stop' });
    await red.until('all is silent', () => sounding(listener).length === 0);
    await red.request('POST', 'flows/state', { state: 'start' });
    await red.until('it is open', isOpen);
    await play();
    await red.deploy(chordFlow(DEVICE).filter(({ type }) => !type.startsWith('phasor-')));
    await red.until('all is silent', () => sounding(listener).length === 0);
    play = await deployChord(red);
    await play();
    await red.inject('throw');
    await red.ended;
    await until('all is silent', () => sounding(listener).length === 0);
    assert.equal(clients(), 0);
  });

  it('a worker that throws is followed by another, every note ends, and the slave is where the music is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phasor-cable-'));
    const cable = join(folder, 'cable');
    const red = await start({ testCable: cable });
    const play = await deployChord(red);
    const ons = (afterMs: number) =>
      readCable(cable).filter(({ bytes, timeMs }) => bytes[0] === 0x90 && timeMs > afterMs);
    const long = () => sounding(listener).filter((voice) => / 1 /.test(voice));
    await play();
    const [{ timeMs: firstMs }] = ons(0);
    for (const [round, dead] of [false, true, true].entries()) {
      const from = listener.messages.length;
      const point = ['beforeSend', 'pressed', 'afterSend'][round];
      if (round > 0) await red.inject('chord');
      await red.until('the chord sounds', () => long().length === 4);
      await red.request('POST', 'test-fault', { point, dead });
      await red.until('the chord has ended', () => long().length === 0);
      const atMs = readCable(cable).at(-1)?.timeMs ?? NaN;
      await red.until('it plays on', () => ons(atMs).length > 3);
      const words = listener.messages
        .slice(from)
        .map(([status]) => status)
        .filter((status) => status > 0xf0 && status !== CLOCK);
      assert.deepEqual(words.slice(-2), [SONG_POSITION, CONTINUE], point);
      assert.equal((red.log.match(/the realtime worker was restarted/g) ?? []).length, round + 1);
    }
    // It is the same process that plays on, on the grid that it began.
    const errors = ons(firstMs).map(({ timeMs }) =>
      Math.abs(((timeMs - firstMs + HALF_MS / 2) % HALF_MS) - HALF_MS / 2)
    );
    errors.sort((a, b) => a - b);
    console.log(`        off the grid by ${errors[errors.length >> 1].toFixed(1)} ms (p50)`);
    assert.ok(errors[errors.length >> 1] < HALF_MS / 10, errors.join(' '));
    assert.ok(await isOpen());
    assert.equal(clients(), 1);
    await red.inject('stop');
    await red.until('it is silent', () => sounding(listener).length === 0);
    rmSync(folder, { recursive: true });
  });

  it('another node that ends the process leaves no note on', async () => {
    const red = await start();
    const play = await deployChord(red);
    await play();
    await red.inject('exit');
    await red.ended;
    await until('all is silent', () => sounding(listener).length === 0);
    assert.equal(clients(), 0);
  });

  describe('of a quartet', function () {
    repeatAfterStandstill(this);

    it(`deploys at ${MOMENTS} random moments change nothing, note for note and F8 for F8`, async () => {
      const red = await start();
      const flow = (version: number) => quartet(DEVICE, { version, lookaheadMs: LOOKAHEAD_MS });
      await red.deploy(flow(0));
      await red.until('it is open', isOpen);
      await sleep(1000);
      await red.inject('start');
      await red.until('it plays', () => notesOf(listener.messages).every((notes) => notes > 0));
      const [before, port] = [clients(), run('aconnect', '-l').match(/'synth *'/g)?.length];
      let seed = 11;
      const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
      for (let version = 1; version <= MOMENTS; version++) {
        await sleep(random() * 300);
        await red.deploy(flow(version), KINDS[version % KINDS.length]);
      }
      const then = listener.messages.length;
      await red.until('they play on', () => notesOf(listener.messages.slice(then))[1] > 3);
      await red.inject('stop');
      await red.until('it stops', () => count(listener.messages, STOP) > 0);
      const played = lastRun(listener.messages);
      assertUndisturbed(played);
      for (let version = MOMENTS + 1; version <= DEPLOYS; version++)
        await red.deploy(flow(version), KINDS[version % KINDS.length]);
      await red.until('it is open', isOpen);
      assert.deepEqual([clients(), run('aconnect', '-l').match(/'synth *'/g)?.length], [before, port]);
      assert.equal((await status()).transports[0].missedMs, 0);
      console.log(`        ${notesOf(played).join(', ')} notes of the four parts`);
    });
  });
});
