import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../nodes/engine';
import { repeatAfterStandstill } from './standstill';
import {
  assertEveryOnHasItsOff,
  CLOCK,
  CONTINUE,
  count,
  Example,
  EXAMPLE_PITCHES,
  GADGET,
  GADGET_INSIDE,
  hasUsbMidi,
  isOn,
  Listener,
  midiFile,
  needSequencer,
  notes,
  pitches,
  run,
  SONG_POSITION,
  START,
  startEngine,
  startInTime,
  STOP,
  until,
  usbMidi
} from './support';

const LISTENER = { mode: 'name', port: 'aseqdump:aseqdump' } as const;
const SECOND = { mode: 'name', port: 'aseqdump:aseqdump #2' } as const;
/** Pulses that a machine which stood still for a moment sends at once, so that a note between them comes after. */
const BEHIND = 5;

/** The messages from the first of a status on. */
function from(messages: readonly number[][], status: number): number[][] {
  const at = messages.findIndex(([first]) => first === status);
  assert.ok(at >= 0, `no ${status.toString(16)} in ${JSON.stringify(messages)}`);
  return messages.slice(at);
}

/** A Stop is the last that was heard beside MIDI clock, which runs on. */
function hasStopped(messages: readonly number[][]): boolean {
  return messages.filter(([status]) => status > CLOCK).at(-1)?.[0] === STOP;
}

/** How many pulses come before each note-on. */
function pulsesBefore(messages: readonly number[][]): number[] {
  return messages.flatMap((message, at) => (isOn(message) ? [count(messages.slice(0, at), CLOCK)] : []));
}

describe('the engine on a real sequencer', function () {
  this.timeout(60_000);
  repeatAfterStandstill(this);
  const listeners: Listener[] = [];
  const faults: string[] = [];
  let engine: Engine;
  let example: Example;

  async function listen(source?: string): Promise<Listener> {
    const listener = new Listener(source);
    listeners.push(listener);
    return listener.ready();
  }

  before(function () {
    needSequencer(this);
  });

  beforeEach(async () => {
    engine = startEngine();
    engine.on('fault', (error: Error) => faults.push(error.message));
    example = new Example(engine);
    await engine.ready();
  });

  afterEach(async () => {
    await engine.dispose();
    for (const listener of listeners.splice(0)) await listener.end();
    assert.deepEqual(faults.splice(0), []);
  });

  it('tells what it runs on', () => {
    const { driver, waiter, state, ports } = engine.report();
    assert.deepEqual([driver, waiter, state], ['alsa', 'native', 'ok']);
    assert.ok(ports.some(({ kind }) => kind === 'through'));
  });

  it('plays the first example: Start before the pulse that is beat one, 24 pulses a beat, an off to each on', async () => {
    const listener = await listen();
    const out = example.to('out', LISTENER);
    await out.becomes('open');
    await startInTime(example, listener);
    await until('nine notes are heard', () => pitches(listener.messages).length >= 9);
    example.tell('stop');
    await until('the stop is heard', () => count(listener.messages, STOP) === 1);
    const played = from(listener.messages, START).slice(1);
    assert.equal(count(listener.messages, START), 1);
    assert.equal(count(listener.messages, CONTINUE) + count(listener.messages, SONG_POSITION), 0);
    assert.deepEqual(played[0], [CLOCK]); // beat one; its note follows
    assert.deepEqual(pitches(played), [...EXAMPLE_PITCHES, 60]);
    assertEveryOnHasItsOff(listener.messages);
    for (const message of notes(listener.messages)) {
      assert.deepEqual(message, [isOn(message) ? 0x90 : 0x80, message[1], isOn(message) ? 100 : 64]);
    }
    const pulses = pulsesBefore(played).map((before, index) => before - (24 * index + 1));
    assert.ok(
      pulses.every((more) => more >= 0 && more <= BEHIND),
      `pulses more than 24 a beat: ${pulses.join(' ')}`
    );
    const { counters, latency } = out.report();
    assert.equal(counters?.clocksSkipped, 0);
    assert.equal(counters.sendErrors + counters.droppedLate + counters.droppedFull, 0);
    console.log(`        pulses late by ${latency?.clockLateness.p50Ms.toFixed(2)} ms (p50)`);
  });

  it('sends Song Position and Continue by the rules, told by control messages', async () => {
    const listener = await listen();
    await example.to('out', LISTENER).becomes('open');
    await startInTime(example, listener);
    await until('it plays', () => pitches(listener.messages).length > 0);

    /** What is heard up to a status and a note, from after `tell`; without the pulses in front of it. */
    const hear = async (tell: unknown, last: number, note?: number): Promise<number[][]> => {
      const heard = () => listener.messages.slice(before);
      const before = listener.messages.length;
      example.tell(tell);
      await until(`${String(tell)} is heard`, () => {
        const at = heard().findIndex(([first]) => first === last);
        return at >= 0 && (note === undefined || pitches(heard().slice(at)).includes(note));
      });
      return heard();
    };
    const words = (heard: readonly number[][]) =>
      heard.filter(([status]) => status > 0xf0 && status !== CLOCK).map((message) => message.join(' '));

    assert.deepEqual(words(await hear('stop', STOP)), [`${STOP}`]);
    // Four beats on, while stopped: told at once, and again with the Continue, which comes before its pulse.
    assert.deepEqual(words(await hear({ position: 4 }, SONG_POSITION)), [`${SONG_POSITION} 16 0`]);
    const continued = await hear('continue', CONTINUE, 69);
    assert.deepEqual(words(continued), [`${SONG_POSITION} 16 0`, `${CONTINUE}`]);
    const second = from(continued, CONTINUE).slice(1);
    assert.deepEqual(second[0], [CLOCK]);
    assert.deepEqual(pitches(second), [60, 64, 67, 69]);
    pulsesBefore(second).forEach((before, index) => {
      assert.ok(before - (24 * index + 1) >= 0 && before - (24 * index + 1) <= BEHIND, `${before}`);
    });

    // While it runs a jump stops the slave, moves it, and lets it go on.
    const jumped = await hear({ position: '3:2' }, CONTINUE, 64);
    assert.deepEqual(words(jumped), [`${STOP}`, `${SONG_POSITION} 36 0`, `${CONTINUE}`]);
    const third = from(jumped, CONTINUE).slice(1);
    assert.deepEqual([third[0], pitches(third)], [[CLOCK], [64]]);

    // A slave goes on at sixteenths only: between two of them it is sent to the next, and its Continue waits for it.
    await hear('stop', STOP);
    assert.deepEqual(words(await hear({ position: 0.1 }, SONG_POSITION)), [`${SONG_POSITION} 1 0`]);
    const between = await hear('continue', CONTINUE, 64);
    assert.deepEqual(words(between), [`${SONG_POSITION} 1 0`, `${CONTINUE}`]);
    const more = pulsesBefore(from(between, CONTINUE))[0] - (24 - 6 + 1);
    assert.ok(more >= 0 && more <= BEHIND, `${more}`);

    // From the top while it runs.
    const restarted = await hear('start', START, 60);
    assert.deepEqual(words(restarted), [`${STOP}`, `${START}`]);
    assert.deepEqual(from(restarted, START)[1], [CLOCK]);
    await hear('stop', STOP);
    assertEveryOnHasItsOff(listener.messages);
  });

  it('is one client with a port for each device, under its name', async () => {
    await listen();
    await example.to('Drums', LISTENER).becomes('open');
    await example.to('Notes of ours', { mode: 'virtual', port: 'Notes of ours' }).becomes('open');
    const connections = run('aconnect', '-l');
    assert.equal(connections.match(/'Phasor'/g)?.length, 1, connections);
    assert.match(connections, /\d+ 'Drums *'\n\tConnecting To: \d+:0\n/);
    assert.match(connections, /\d+ 'Notes of ours *'\n/);
  });

  it('plays the same bytes as a player of MIDI files that plays to the same reader', async () => {
    const listener = await listen();
    await example.to('out', LISTENER).becomes('open');
    await startInTime(example, listener);
    const bar = EXAMPLE_PITCHES.flatMap((pitch) => [
      [0x90, pitch, 100],
      [0x80, pitch, 64]
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'phasor-'));
    const file = join(folder, 'bar.mid');
    writeFileSync(file, midiFile(bar, [19, 77]));
    const player = spawn('aplaymidi', ['-p', listener.address, '-d', '0', file]);
    await once(player, 'exit');
    rmSync(folder, { recursive: true });
    const bySource = () => {
      const heard = new Map<string, number[][]>();
      for (const { source, bytes } of listener.events) {
        if (bytes[0] < 0xf0) heard.set(source, [...(heard.get(source) ?? []), bytes]);
      }
      return heard;
    };
    await until('both are heard', () => {
      const all = [...bySource().values()];
      return all.length === 2 && all.every((heard) => heard.length >= bar.length);
    });
    for (const heard of bySource().values()) assert.deepEqual(heard.slice(0, bar.length), bar);
  });

  it('plays on past a reader that has stopped', async () => {
    const stuck = await listen();
    const fine = await listen();
    const [toStuck, toFine] = [example.to('stuck', LISTENER), example.to('fine', SECOND)];
    await toStuck.becomes('open');
    await toFine.becomes('open');
    await startInTime(example, fine);
    example.tell({ bpm: 300 });
    stuck.stall();
    await until('the queue of the one is full', () => (toStuck.report().counters?.sendErrors ?? 0) > 0);
    const before = { pulses: count(fine.messages, CLOCK), sent: toFine.report().counters?.clocks ?? 0 };
    await until(
      'the other has heard a hundred more',
      () => count(fine.messages, CLOCK) > before.pulses + 100
    );
    assert.equal(toStuck.handle.status.state, 'open');
    stuck.resume();
    const stale = stuck.messages.length;
    await until('the one hears again', () => stuck.messages.length > stale + 200);
    example.tell('stop');
    await until('the stop is heard', () => hasStopped(fine.messages));
    assertEveryOnHasItsOff(fine.messages);
    const { counters, latency } = toFine.report();
    assert.equal(counters?.sendErrors, 0);
    await until('all is heard', () => fine.messages.length >= counters.sent);
    const { sendErrors } = toStuck.report().counters ?? { sendErrors: 0 };
    console.log(
      `        lost by the one: ${sendErrors}; the other's pulses late by ${latency?.clockLateness.p50Ms.toFixed(2)} ms (p50)`
    );
  });

  describe('with a USB device', () => {
    before(function () {
      if (!hasUsbMidi()) this.skip();
    });

    after(() => {
      if (hasUsbMidi()) usbMidi('unplug');
    });

    /** Listens at one end of the device, which comes up with it. */
    const listenAt = async (end: string) => {
      const [client] = end.split(':');
      await until(`${client} is there`, () => run('aconnect', '-l').includes(`'${client}'`));
      return listen(client);
    };
    const isThere = (end: string) => engine.report().ports.some(({ name }) => name === end);

    it('finds the hardware port by itself, and moves to it when it comes', async () => {
      if (isThere(GADGET)) usbMidi('unplug');
      await until('it is gone', () => !isThere(GADGET) && !isThere(GADGET_INSIDE));
      const out = example.to('out', { mode: 'auto', port: '' });
      await out.becomes('open', 'Loopback'); // Midi Through and VirMIDI are there, and no instruments
      example.tell('start');
      const startMs = performance.now();
      usbMidi('plug');
      // Its inside is as much hardware as its outside, and comes first.
      const openMs = await out.becomes('open', GADGET_INSIDE);
      console.log(`        moved to the device after ${(openMs - startMs).toFixed(0)} ms`);
      const outside = await listenAt(GADGET);
      await until('it is heard', () => pitches(outside.messages).length >= 2);
      usbMidi('unplug');
      await out.becomes('open', 'Loopback');
    });

    it('does the same through RtMidi, by looking at the ports each second', async () => {
      await engine.dispose();
      engine = startEngine({ driver: 'rtmidi' });
      example = new Example(engine);
      const { driver } = await engine.ready();
      assert.equal(driver, 'rtmidi');
      await until('the device is gone', () => !isThere(GADGET) && !isThere(GADGET_INSIDE));
      await listen(); // nor is another program an instrument
      const out = example.to('out', { mode: 'auto', port: '' });
      await out.becomes('open', 'Loopback');
      for (const turn of [1, 2]) {
        usbMidi('plug');
        await out.becomes('open', GADGET_INSIDE);
        const outside = await listenAt(GADGET);
        if (turn === 1) await example.start();
        await until('it is heard', () => pitches(outside.messages).length >= 2);
        usbMidi('unplug');
        await out.becomes('open', 'Loopback');
      }
      assert.match(JSON.stringify(out.statuses), /PortDisconnected/);
    });

    it('plays on without a device that is pulled, and plays it again when it is back', async () => {
      usbMidi('plug');
      const other = await listen();
      const out = example.to('device', { mode: 'name', port: GADGET });
      const toOther = example.to('other', LISTENER);
      await out.becomes('open');
      await toOther.becomes('open');
      const before = await listenAt(GADGET_INSIDE);
      await startInTime(example, before);
      await until('it is played', () => pitches(before.messages).length >= 2);

      let startMs = performance.now();
      usbMidi('unplug');
      const missingMs = await out.becomes('missing');
      console.log(`        missing after ${(missingMs - startMs).toFixed(0)} ms`);
      assert.match(
        out.handle.status.state === 'missing' ? out.handle.status.error.message : '',
        /MIDI Gadget/
      );
      const heard = pitches(other.messages).length;
      await until('the other plays on', () => pitches(other.messages).length >= heard + 3);
      await before.end();

      startMs = performance.now();
      usbMidi('plug');
      const openMs = await out.becomes('open', GADGET);
      console.log(`        open again after ${(openMs - startMs).toFixed(0)} ms`);
      const again = await listenAt(GADGET_INSIDE);
      await until('it is played again', () => pitches(again.messages).length >= 3);
      example.tell('stop');
      for (const listener of [again, other])
        await until('the stop is heard', () => hasStopped(listener.messages));
      assertEveryOnHasItsOff(other.messages);
      const expected = Array.from(
        { length: pitches(other.messages).length },
        (_, i) => EXAMPLE_PITCHES[i % 8]
      );
      assert.deepEqual(pitches(other.messages), expected);
      assert.equal(toOther.report().counters?.sendErrors, 0);
    });
  });
});
