import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Engine } from '../../nodes/engine';
import { ResourceExhausted } from '../../nodes/engine/errors';
import { soundingAfter } from '../support/faults';
import { assertInPhase } from './in-phase';
import { repeatAfterStandstill } from './standstill';
import {
  assertEveryOnHasItsOff,
  CLOCK,
  count,
  createAlsa,
  Example,
  hasUsbMidi,
  isOn,
  Listener,
  needSequencer,
  pitches,
  run,
  sleep,
  spawnPlayer,
  startEngine,
  startInTime,
  STOP,
  until,
  type Out
} from './support';

const READER = 'aseqdump:aseqdump';
const SENSING = 0xfe;
/** Pulses that a machine which stood still for a moment sends at once. */
const BEHIND = 5;
const PULSES_PER_BEAT = 24;
/** What takes a real machine a tenth of a second takes the emulated one up to a second. */
const LOOKAHEAD_MS = 3000;

describe('faults of the machine, at a real sequencer', function () {
  this.timeout(120_000);
  repeatAfterStandstill(this);
  let listener: Listener;
  let engine: Engine;
  let example: Example;
  let out: Out;

  before(function () {
    needSequencer(this);
  });

  beforeEach(async () => {
    listener = await new Listener().ready();
    engine = startEngine({ lookaheadMs: LOOKAHEAD_MS });
    example = new Example(engine);
    await engine.ready();
    out = example.to('out', { mode: 'name', port: READER });
    await out.becomes('open');
  });

  afterEach(async () => {
    await engine.dispose();
    await listener.end();
  });

  async function start(): Promise<void> {
    await startInTime(example, listener);
    await until('it plays', () => pitches(listener.messages).length >= 2);
  }

  /** Stops, and sees that all was as it should be: each note and pulse in its place, none missing, none left. */
  async function assertUndisturbed(): Promise<void> {
    const before = pitches(listener.messages).length;
    await until('it plays on', () => pitches(listener.messages).length > before + 2);
    example.tell('stop');
    const words = () => listener.messages.map(([status]) => status).filter((status) => status > CLOCK);
    await until('it has stopped', () => words().at(-1) === STOP);
    assert.ok(assertInPhase(listener.events) > 4);
    assertEveryOnHasItsOff(listener.messages.filter(([status]) => status < 0xf0));
    const { counters } = out.report();
    assert.ok(counters);
    assert.equal(counters.sendErrors + counters.droppedLate + counters.droppedFull, 0);
  }

  it('the date is set forward and back: nobody hears it', async function () {
    if (!hasUsbMidi()) this.skip(); // not a machine of ours
    await start();
    for (const years of ['+5', '-7', '+2']) {
      run('date', '-s', `${years} years`);
      await sleep(300);
    }
    await assertUndisturbed();
  });

  it('the main thread makes garbage as fast as it can: nobody hears it', async () => {
    await start();
    let kept: object[] = [];
    let made = 0;
    const endMs = performance.now() + 3000;
    while (performance.now() < endMs) {
      kept = Array.from({ length: 20_000 }, (_, index) => ({ index, text: `${made} ${index}` }));
      made += kept.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    console.log(`        ${made} objects`);
    await assertUndisturbed();
  });

  it('the sequencer has no room for another client: it is said which, and what is open plays on', async () => {
    await start();
    const others: ChildProcess[] = [];
    const refusal = (): unknown => {
      try {
        createAlsa().dispose();
      } catch (error) {
        return error;
      }
      others.push(spawn('aseqdump', { stdio: 'ignore' }));
      return undefined;
    };
    try {
      let error: unknown;
      await until('there is no room', () => (error = refusal()) !== undefined, 60_000);
      assert.ok(
        error instanceof ResourceExhausted && /64 ALSA sequencer clients/.test(error.message),
        String(error)
      );
    } finally {
      for (const other of others) other.kill('SIGKILL');
    }
    await assertUndisturbed();
  });

  describe('to the process', () => {
    let child: ChildProcess;

    beforeEach(async () => {
      await engine.dispose();
      child = spawnPlayer(READER);
      await until('it is heard', () => listener.messages.some(([status]) => status === 0x98), 30_000);
    });
    afterEach(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    });

    const since = (ms: number) => listener.events.filter(({ timeMs }) => timeMs > ms);

    it('that is killed leaves its note on, and Active Sensing lets the receiver notice', async () => {
      const before = listener.events.findIndex(({ bytes: [status] }) => status === 0x98);
      await until('it is sensed', () => count(listener.messages, SENSING) > 8);
      const times = listener.events.slice(before).map(({ timeMs }) => timeMs);
      const gaps = times.slice(1).map((timeMs, index) => timeMs - times[index]);
      gaps.sort((a, b) => a - b);
      const middleMs = gaps[gaps.length >> 1];
      console.log(
        `        a byte each ${middleMs.toFixed(0)} ms (p50), ${gaps.at(-1)?.toFixed(0)} ms (most)`
      );
      assert.ok(middleMs > 240 && middleMs < 300, gaps.join(' '));
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await sleep(300); // what was on its way
      const silentMs = performance.now();
      await sleep(1000);
      assert.deepEqual(since(silentMs), [], 'a receiver hears nothing for more than 300 ms');
      assert.deepEqual(soundingAfter(listener.events), ['note 8 1'], 'nobody else ends it');
    });

    it('that stands still makes no burst of what is over when it goes on, and leads its slaves in anew', async () => {
      child.kill('SIGUSR2');
      await until('it plays', () => pitches(listener.messages).filter((pitch) => pitch > 1).length >= 2);
      child.kill('SIGSTOP');
      await sleep(3000);
      const wokenMs = performance.now();
      child.kill('SIGCONT');
      await until('it plays on', () => since(wokenMs).filter(({ bytes }) => isOn(bytes)).length >= 3);
      const after = since(wokenMs);
      const burst = after.filter(({ bytes, timeMs }) => bytes[0] === CLOCK && timeMs < wokenMs + 200);
      assert.ok(burst.length < 200 / (500 / PULSES_PER_BEAT) + 2 * BEHIND, `${burst.length} pulses at once`);
      const ons = after.filter(({ bytes }) => isOn(bytes)).slice(0, 3);
      assert.ok(
        ons[2].timeMs - ons[0].timeMs > 700,
        `a note each 500 ms, and none that is over: ${after
          .filter(({ bytes: [status] }) => status !== CLOCK)
          .map(({ bytes, timeMs }) => `${bytes.join(' ')} at ${(timeMs - wokenMs).toFixed(0)}`)
          .join(', ')}`
      );
      const words = after
        .map(({ bytes: [status] }) => status)
        .filter((status) => status > 0xf0 && status < SENSING && status !== CLOCK)
        .map((status) => status.toString(16));
      assert.match(words.join(' '), /^fc f2 fb( fc f2 fb)*$/);
    });
  });
});
