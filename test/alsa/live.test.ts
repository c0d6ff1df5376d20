import assert from 'node:assert/strict';
import { NodeRed, type FlowNode } from '../support/node-red';
import { repeatAfterStandstill } from './standstill';
import {
  assertEveryOnHasItsOff,
  CLOCK,
  count,
  isOff,
  isOn,
  Listener,
  needSequencer,
  START,
  STOP,
  until
} from './support';

const READER = 'aseqdump:aseqdump';
/** What takes a real machine a tenth of a second takes the emulated one up to a second. */
const LOOKAHEAD_MS = 3000;
/** The pattern plays eighths: so many MIDI clocks apart. */
const PULSES = 12;

/** What the pattern is told, in this order. All of it leaves an eighth at each place, but for the mute. */
const CHANGES: Record<string, object> = {
  notation: { notation: '0 1 2 3 4 5 6 7', scale: 'd4 dorian' },
  scale: { scale: 'eb3 minor', quantise: 'c4 minor pentatonic' },
  length: { length: 1.5, when: 'beat' },
  seed: { seed: 77, humaniseVelocity: 20, direction: 'random', step: 0.5 },
  several: { transpose: 7, noteLength: 150, length: '', values: { light: 1 }, when: 'cycle' },
  mute: { mute: true, when: 'beat' },
  unmute: { mute: false, when: 'bar' },
  backward: { direction: 'backward', notation: 'c5 d5 e5 f5 g5 a5 b5 c6', when: 'bar' }
};

/** A clock, a pattern on the reader, and a button for each change. */
function flow(): FlowNode[] {
  const inject = (id: string, payload: unknown, to: string): FlowNode => ({
    id,
    type: 'inject',
    z: 'tab',
    props: [{ p: 'payload' }],
    payload: JSON.stringify(payload),
    payloadType: 'json',
    repeat: '',
    once: false,
    x: 1,
    y: 1,
    wires: [[to]]
  });
  return [
    { id: 'tab', type: 'tab', label: 'live' },
    { id: 'device', type: 'phasor-device', portMode: 'name', port: READER, wire: 'usb' },
    { id: 'clock', type: 'phasor-clock', z: 'tab', bpm: 120, x: 1, y: 1, wires: [['pattern', 'out'], []] },
    {
      id: 'pattern',
      type: 'phasor-pattern',
      z: 'tab',
      notation: 'c4 d4 e4 f4 g4 a4 b4 c5',
      quantum: 'none',
      x: 1,
      y: 1,
      wires: [['out'], []]
    },
    { id: 'out', type: 'phasor-alsa-out', z: 'tab', device: 'device', x: 1, y: 1, wires: [] },
    ...Object.entries(CHANGES).map(([name, payload]) => inject(name, payload, 'pattern')),
    inject('start', 'start', 'clock'),
    inject('stop', 'stop', 'clock')
  ];
}

describe('a pattern that is changed while it plays, at a real sequencer', function () {
  this.timeout(150_000);
  repeatAfterStandstill(this);
  let nodeRed: NodeRed;
  let listener: Listener;

  before(async function () {
    needSequencer(this);
    listener = await new Listener().ready();
    nodeRed = await NodeRed.start({ phasorDriver: 'auto', phasorLookaheadMs: LOOKAHEAD_MS });
  });

  const counters = async () => {
    const { outputs } = (await nodeRed.get('phasor/status')) as {
      outputs: { counters: Record<string, number> }[];
    };
    return outputs[0].counters;
  };

  /** The flow as if nothing had been played yet, with all that its start plays in the queue. */
  const deployAnew = async () => {
    await nodeRed.deploy([]);
    await nodeRed.deploy(flow());
    await nodeRed.until('the out has its port', () => nodeRed.statuses.get('out')?.fill === 'green');
    await nodeRed.until(
      'its start is prepared',
      async () => (await counters())['pending'] >= LOOKAHEAD_MS / 250 - 1
    );
  };

  after(async () => {
    await nodeRed?.stop();
    await listener?.end();
  });

  it('loses no clock, and loses, doubles and hangs no note', async () => {
    await deployAnew();
    const before = await counters();
    const from = listener.messages.length;
    const heard = () => listener.messages.slice(from);
    const ons = () => heard().filter(isOn).length;
    await nodeRed.inject('start');
    await until('it plays', () => ons() >= 4, 30_000);
    for (const name of Object.keys(CHANGES)) {
      const notes = ons();
      await nodeRed.inject(name);
      // A change is heard a part of the lookahead later; muted, the clock tells the time.
      const pulses = count(heard(), CLOCK);
      await until(
        `${name} is heard`,
        () => count(heard(), CLOCK) > pulses + 200 && (name === 'mute' || ons() > notes + 8),
        30_000
      );
    }
    await nodeRed.inject('stop');
    await until('it stops', () => count(heard(), STOP) > 0);
    await until('it is silent', () => heard().filter(isOn).length <= heard().filter(isOff).length);

    const played = heard();
    assertEveryOnHasItsOff(played);
    const begin = played.findIndex(([status]) => status === START);
    let pulses = 0;
    const eighths: number[] = [];
    for (const message of played.slice(begin)) {
      if (message[0] === CLOCK) pulses++;
      // A pulse may be ahead of the note of its tick, and a few are where the machine stood still.
      else if (isOn(message)) eighths.push(Math.floor((pulses - 1) / PULSES));
    }
    const gaps = eighths.slice(1).map((eighth, index) => eighth - eighths[index]);
    const muted = gaps.filter((gap) => gap !== 1);
    assert.equal(muted.length, 1, `one gap, the mute: ${gaps.join(' ')}`);
    assert.ok(muted[0] > 8, `${muted[0]} eighths`);
    assert.equal(eighths[0], 0);
    const after = await counters();
    for (const name of ['clocksSkipped', 'droppedLate', 'droppedFull'])
      assert.equal(after[name], before[name], name);
    console.log(
      `        ${eighths.length} notes and ${pulses} pulses, ${Object.keys(CHANGES).length} changes`
    );
  });
});
