import assert from 'node:assert/strict';
import type { FlowNode } from './node-red';

/** What each pattern plays in a bar of 4/4: its notation, and the sixteenths and pitches that it comes to. */
interface Part {
  notation: string;
  /** Tick within two bars, and pitch; what sounds together in the order in which it is written. */
  notes: [tick: number, pitch: number][];
}

/** The part that is played in a subflow. */
const INSIDE = 3;

const BAR = 3840;
/** Ticks after which all parts begin anew: one of them takes two bars. */
const PERIOD = 2 * BAR;

function bars(...beats: [position: number, pitch: number][][]): [number, number][] {
  const all = beats.length === 1 ? [beats[0], beats[0]] : beats;
  return all.flatMap((bar, index) =>
    bar.map(([position, pitch]): [number, number] => [index * BAR + position * BAR, pitch])
  );
}

const PARTS: Part[] = [
  { notation: 'c3*16', notes: bars(Array.from({ length: 16 }, (_, step) => [step / 16, 48])) },
  { notation: 'e3(3,8)', notes: bars([0, 3, 6].map((step) => [step / 8, 52])) },
  {
    notation: '[g3,b3] ~ <g3 d4> ~',
    notes: bars(
      [
        [0, 55],
        [0, 59],
        [1 / 2, 55]
      ],
      [
        [0, 55],
        [0, 59],
        [1 / 2, 62]
      ]
    )
  },
  {
    notation: 'c5 d5*2 e5*4 f5',
    notes: bars([
      [0, 72],
      [2 / 8, 74],
      [3 / 8, 74],
      [8 / 16, 76],
      [9 / 16, 76],
      [10 / 16, 76],
      [11 / 16, 76],
      [3 / 4, 77]
    ])
  }
];

/** See {@link assertUndisturbed}. */
const BEHIND = 5;
const TICKS_PER_CLOCK = 40;

/**
 * Four patterns at 140 BPM, the last of them in a subflow, with MIDI clock to one device; and buttons: start, stop.
 * `version` changes what is not heard: names, places, a comment. More `players` than four play the same four parts, each
 * on a channel of its own.
 */
export function quartet(
  device: Record<string, unknown>,
  { version = 0, lookaheadMs = 150, bpm = 140, players = PARTS.length } = {}
): FlowNode[] {
  const direct = Array.from({ length: players }, (_, index) => index).filter((index) => index !== INSIDE);
  const name = `version ${version}`;
  const pattern = (index: number, z: string, wires: string[]): FlowNode => ({
    id: `pattern${index}`,
    type: 'phasor-pattern',
    z,
    name,
    notation: PARTS[index % PARTS.length].notation,
    channel: index + 1,
    gate: 50,
    quantum: 'bar',
    x: 300,
    y: 100 * index + (version % 50),
    wires: [wires]
  });
  const button = (id: string): FlowNode => ({
    id,
    type: 'inject',
    z: 'quartet',
    props: [{ p: 'payload' }],
    payload: id,
    payloadType: 'str',
    repeat: '',
    once: false,
    x: 50,
    y: 50,
    wires: [['clock']]
  });
  return [
    { id: 'quartet', type: 'tab', label: name, disabled: false },
    { id: 'device', type: 'phasor-device', name: 'synth', channel: 1, wire: 'none', ...device },
    {
      id: 'clock',
      type: 'phasor-clock',
      z: 'quartet',
      name,
      bpm,
      lookaheadMs,
      x: 100,
      y: 100,
      wires: [[...direct.map((index) => `pattern${index}`), 'inside', 'out'], []]
    },
    ...direct.map((index) => pattern(index, 'quartet', ['out'])),
    {
      id: 'box',
      type: 'subflow',
      name: 'a pattern in a subflow',
      info: name,
      in: [{ x: 50, y: 50, wires: [{ id: `pattern${INSIDE}` }] }],
      out: [{ x: 500, y: 50, wires: [{ id: `pattern${INSIDE}`, port: 0 }] }]
    },
    pattern(INSIDE, 'box', []),
    { id: 'inside', type: 'subflow:box', z: 'quartet', name, x: 300, y: 500, wires: [['out']] },
    { id: 'out', type: 'phasor-alsa-out', z: 'quartet', name, device: 'device', x: 600, y: 100, wires: [] },
    { id: 'comment', type: 'comment', z: 'quartet', name, x: 1, y: 1, wires: [] },
    button('start'),
    button('stop')
  ];
}

/** The notes of a part, by their number from the start on. */
function noteAt(part: number, index: number): { tick: number; pitch: number } {
  const { notes } = PARTS[part % PARTS.length];
  const [tick, pitch] = notes[index % notes.length];
  return { tick: tick + PERIOD * Math.floor(index / notes.length), pitch };
}

type Messages = readonly (readonly number[])[];

const START = 0xfa;
const STOP = 0xfc;
const CLOCK = 0xf8;
const isOn = ([status, , velocity]: readonly number[]) => status >> 4 === 9 && velocity > 0;
const isOff = ([status, , velocity]: readonly number[]) =>
  status >> 4 === 8 || (status >> 4 === 9 && velocity === 0);

/** The messages from the last Start to the Stop after it, both left out. */
export function lastRun(messages: Messages): Messages {
  const start = messages.map(([status]) => status).lastIndexOf(START);
  assert.ok(start >= 0, 'it was never started');
  const run = messages.slice(start + 1);
  const stop = run.findIndex(([status]) => status === STOP);
  return stop < 0 ? run : run.slice(0, stop);
}

/** How many notes of each part were heard. */
export function notesOf(messages: Messages, players = PARTS.length): number[] {
  return Array.from(
    { length: players },
    (_, channel) => messages.filter((message) => isOn(message) && (message[0] & 0xf) === channel).length
  );
}

/**
 * What was heard from the start on is what an undisturbed run sends: each part note for note, all in the order of their
 * ticks, each on with its off before the next, and 24 pulses a beat.
 * @param behind pulses that a machine which stood still may send at once, ahead of a note between them
 * @returns how many pulses there were, and how many players lack a note that was due before the last of them
 */
export function assertUndisturbed(
  messages: Messages,
  { players = PARTS.length, behind = BEHIND } = {}
): { pulses: number; lacking: number } {
  const next = Array.from({ length: players }, () => 0);
  const sounding = new Set<string>();
  let pulses = 0;
  let lastTick = 0;
  for (const message of messages) {
    const [status, pitch] = message;
    const channel = status & 0xf;
    if (status === CLOCK) pulses++;
    else if (isOn(message)) {
      const index = next[channel]++;
      const expected = noteAt(channel, index);
      const what = `note ${index} of part ${channel}`;
      assert.equal(pitch, expected.pitch, `${what}: another pitch`);
      assert.ok(expected.tick >= lastTick, `${what} (tick ${expected.tick}) comes after tick ${lastTick}`);
      lastTick = expected.tick;
      assert.ok(!sounding.has(`${channel} ${pitch}`), `${what} begins twice`);
      sounding.add(`${channel} ${pitch}`);
      const more = pulses - (Math.floor(expected.tick / TICKS_PER_CLOCK) + 1);
      assert.ok(more >= 0 && more <= behind, `${what}: ${more} pulses more than its tick`);
    } else if (isOff(message)) {
      assert.ok(
        sounding.delete(`${channel} ${pitch}`),
        `an off of ${pitch} on channel ${channel}, which does not sound`
      );
    } else assert.fail(`nobody sends ${message.join(' ')}`);
  }
  const end = (pulses - 2) * TICKS_PER_CLOCK;
  return { pulses, lacking: next.filter((index, part) => noteAt(part, index).tick < end).length };
}
