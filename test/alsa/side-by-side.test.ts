import assert from 'node:assert/strict';
import { AlsaDriver } from '../../nodes/engine/ports/alsa';
import { SendResult, type MidiDriver } from '../../nodes/engine/ports/driver';
import { loadRtMidi, RtMidiDriver } from '../../nodes/engine/ports/rtmidi';
import { DEAF, MESSAGES, send } from '../support/driver-contract';
import { GADGET, hasUsbMidi, Listener, names, needSequencer, sleep, until, usbMidi } from './support';

const NOTE = [0x90, 60, 100];
const SYSEX = [0xf0, 0x7e, 0x7f, 6, 1, 0xf7];

/** A result of `send` in words. */
function inWords(result: number): string {
  return Object.entries(SendResult).find(([, value]) => value === result)?.[0] ?? String(result);
}

/** The same bytes through RtMidi and through our own driver, and what each reports when things go wrong. */
describe('RtMidi and our ALSA driver, side by side', function () {
  this.timeout(120_000);
  const create: [string, () => MidiDriver][] = [];
  const table: Record<string, Record<string, string>> = {};

  /** Notes a finding of one driver. */
  function note(what: string, driver: string, finding: string): void {
    (table[what] ??= {})[driver] = finding;
  }

  before(function () {
    const native = needSequencer(this);
    const load = loadRtMidi();
    assert.ok(load.module, 'reason' in load ? load.reason : '');
    const midi = load.module;
    create.push(['alsa', () => new AlsaDriver(native)], ['rtmidi', () => new RtMidiDriver(midi)]);
  });

  after(() => {
    if (Object.keys(table).length) console.table(table);
  });

  it('put the same bytes on the wire', async () => {
    const heard: number[][][] = [];
    for (const [name, make] of create) {
      const listener = await new Listener().ready();
      const driver = make();
      const handle = driver.open('aseqdump:aseqdump', 'out', 'out');
      for (const message of [...MESSAGES, SYSEX]) send(driver, handle, message);
      await until('all is heard', () => listener.messages.length > MESSAGES.length);
      heard.push(listener.messages);
      note(
        'every message, one sysex',
        name,
        `${listener.messages.length} of ${MESSAGES.length + 1} the same`
      );
      driver.dispose();
      await listener.end();
    }
    assert.deepEqual(heard[0], [...MESSAGES, SYSEX]);
    assert.deepEqual(heard[1], heard[0]);
  });

  it('port vanished', async function () {
    if (!hasUsbMidi()) this.skip();
    for (const [name, make] of create) {
      const driver = make();
      usbMidi('plug');
      await until('the device is there', () => names(driver, 'out').includes(GADGET));
      const handle = driver.open(GADGET, 'out', 'out');
      let announcedMs = -1;
      const startMs = performance.now();
      const sink = {
        ...DEAF,
        portsChanged: (): void => void (announcedMs = performance.now() - startMs)
      };
      driver.poll(sink);
      announcedMs = -1;
      usbMidi('unplug');
      for (let i = 0; i < 100 && announcedMs < 0; i++) {
        driver.poll(sink);
        await sleep(10);
      }
      await sleep(200);
      driver.poll(sink);
      const result = send(driver, handle, NOTE);
      note('port vanished: send', name, inWords(result));
      note(
        'port vanished: announced',
        name,
        announcedMs < 0 ? 'never' : `after ${announcedMs.toFixed(0)} ms`
      );
      if (driver.can.reportsSendErrors) assert.equal(result, SendResult.gone);
      driver.dispose();
    }
  });

  it('reader stalled', async () => {
    for (const [name, make] of create) {
      const stuck = await new Listener().ready();
      const fine = await new Listener().ready();
      const driver = make();
      const toStuck = driver.open('aseqdump:aseqdump', 'out', 'stuck');
      const toFine = driver.open('aseqdump:aseqdump #2', 'out', 'fine');
      stuck.stall();
      let failedAt = -1;
      for (let i = 0; i < 700; i++) {
        if (send(driver, toStuck, [0xb0, 1, i % 128]) !== SendResult.ok && failedAt < 0) failedAt = i;
        if (i % 50 === 0) send(driver, toFine, NOTE);
      }
      await until('the other hears all', () => fine.messages.length >= 14);
      note('reader stalled: first report', name, failedAt < 0 ? 'none in 700' : `at message ${failedAt + 1}`);
      stuck.resume();
      await sleep(1000);
      for (let i = 0; i < 50; i++) send(driver, toStuck, NOTE);
      await sleep(1000);
      const late = stuck.messages.filter((message) => message[0] === 0xb0).length;
      note('reader stalled: old messages it hears later', name, String(late));
      if (driver.can.reportsSendErrors) assert.ok(failedAt > 0);
      driver.dispose();
      await stuck.end();
      await fine.end();
    }
  });

  it('message malformed', async () => {
    for (const [name, make] of create) {
      const listener = await new Listener().ready();
      const driver = make();
      const handle = driver.open('aseqdump:aseqdump', 'out', 'out');
      const results = [
        [0x90, 60],
        [61, 99],
        [0x90, 0xc8, 5]
      ].map((bytes) => inWords(send(driver, handle, bytes)));
      send(driver, handle, [0xfe]);
      await until('the end is heard', () => listener.messages.some((message) => message[0] === 0xfe));
      const heard = listener.messages.filter((message) => message[0] !== 0xfe);
      note('malformed 90 3C, 3D 63, 90 C8 05: send', name, results.join(', '));
      note('malformed: what is heard', name, heard.length ? JSON.stringify(heard) : 'nothing');
      if (driver.can.reportsSendErrors) assert.deepEqual(heard, []);
      driver.dispose();
      await listener.end();
    }
  });
});
