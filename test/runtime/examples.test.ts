import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed, PACKAGE, ROOT, tap, TAPS, type FlowNode, type Heard } from '../support/node-red';

const FOLDER = join(ROOT, 'examples');
const CORE_TYPES = [
  ...['tab', 'comment', 'catch', 'inject', 'debug', 'function', 'change', 'switch'],
  ...['mqtt in', 'mqtt-broker']
];
const START = 0xfa;
const CONTINUE = 0xfb;
const STOP = 0xfc;
const CLOCK = 0xf8;
/** How far off a note may be where nothing but the order is of interest; timing is measured elsewhere. */
const TOLERANCE_MS = 60;

const read = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as FlowNode[];

const noteOns = (heard: readonly Heard[]) => heard.filter(({ bytes }) => bytes[0] >> 4 === 9 && bytes[2] > 0);
const noteOffs = (heard: readonly Heard[]) =>
  heard.filter(({ bytes }) => bytes[0] >> 4 === 8 || (bytes[0] >> 4 === 9 && bytes[2] === 0));
const notes = (heard: readonly Heard[]) => noteOns(heard).map(({ bytes }) => bytes[1]);
const count = (heard: readonly Heard[], byte: number) =>
  heard.filter(({ bytes }) => bytes[0] === byte).length;

/** Values of a controller on any channel. */
const controls = (heard: readonly Heard[], controller: number) =>
  heard.filter(({ bytes }) => bytes[0] >> 4 === 0xb && bytes[1] === controller);

/** Presses the button of an inject node. */
async function press(nodeRed: NodeRed, flow: readonly FlowNode[], name: string): Promise<void> {
  const button = flow.find((node) => node.type === 'inject' && node.name === name);
  assert.ok(button, `a button "${name}"`);
  await nodeRed.inject(button.id);
}

/** The last Start, Continue or Stop. */
const lastTransport = (heard: readonly Heard[]) =>
  heard
    .map(({ bytes }) => bytes[0])
    .filter((byte) => [START, CONTINUE, STOP].includes(byte))
    .at(-1);

/** Every note follows the one before after as long as the tempo says. */
function assertEven(heard: readonly Heard[], intervalMs: number): void {
  const times = noteOns(heard).map(({ timeMs }) => timeMs);
  times.slice(1).forEach((timeMs, index) => {
    const off = timeMs - times[index] - intervalMs;
    assert.ok(Math.abs(off) < TOLERANCE_MS, `note ${index + 1} is ${off.toFixed(1)} ms off`);
  });
}

/** What was heard is a stretch of a cycle; on a busy machine the first notes may come too late to be played. */
function assertPartOf(heard: readonly number[], cycle: readonly number[]): void {
  const rounds = ` ${[...cycle, ...cycle].join(' ')} `;
  assert.ok(rounds.includes(` ${heard.join(' ')} `), `${heard.join(' ')} of ${cycle.join(' ')}`);
}

/** What each example promises in its comment. */
const SCENARIOS: Record<string, (nodeRed: NodeRed, flow: FlowNode[]) => Promise<void>> = {
  '01 - First beat.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 9);
    assert.deepEqual(notes(heard).slice(0, 8), [60, 64, 67, 71, 60, 64, 67, 69]);
    assertEven(heard, 500);
    assert.ok(noteOffs(heard).length >= 8);
    assert.equal(count(heard, START), 1);
    assert.equal(count(heard, CONTINUE), 0);
    const fromStart = heard.slice(heard.findIndex(({ bytes }) => bytes[0] === START));
    const ninth = fromStart.indexOf(noteOns(heard)[8]);
    // The clock that belongs to the ninth note has come when it sounds.
    assert.equal(count(fromStart.slice(0, ninth), CLOCK), 8 * 24 + 1);
    assert.match(nodeRed.statuses.get(idOf(flow, 'phasor-clock'))?.text ?? '', /120/);
  },

  '02 - Change notes in a function.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), tap('Second'), ...flow]);
    const low = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 6);
    const high = await nodeRed.hear('Second', (all) => noteOns(all).length >= 12);
    // c3 … c4 an octave up is 60 … 72; of every three the third is silent; below 66 is low.
    const scale = [60, 62, 64, 65, 67, 69, 71, 72];
    const played = Array.from({ length: 24 }, (_, index) => scale[index % 8]).filter(
      (_, index) => index % 3 !== 2
    );
    assertPartOf(
      notes(low).slice(0, 6),
      played.filter((note) => note < 66)
    );
    assertPartOf(
      notes(high).slice(0, 8),
      played.filter((note) => note >= 66)
    );
  },

  '07 - Generative ambient.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    // Two cycles of 2.4 s, of which the second is the first mutation.
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 12);
    const minor = [0, 2, 3, 5, 7, 8, 10];
    assert.ok(notes(heard).includes(48) && notes(heard).includes(55));
    for (const note of notes(heard)) assert.ok(minor.includes(note % 12), `${note} is not in C minor`);
    await nodeRed.until('a mutation is told', () => JSON.stringify(nodeRed.debug).includes('applied'));
    for (const name of ['mutate', 'original', 'mutate', 'undo', 'rhythmic', 'freeze']) {
      await nodeRed.inject(flow.find((node) => node.type === 'inject' && node.name === name)!.id);
    }
    await nodeRed.until('a file is told', () => JSON.stringify(nodeRed.debug).includes('a good one.json'));
  },

  '03 - Two clocks.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('A'), tap('B'), ...flow]);
    const b = await nodeRed.hear('B', (all) => noteOns(all).length >= 6);
    const a = await nodeRed.heard('A');
    for (const heard of [a, b]) assert.deepEqual(notes(heard).slice(0, 6), [60, 67, 63, 70, 60, 67]);
    assertEven(a, 500);
    assertEven(b, 60_000 / 90);
    assert.ok(count(a, CLOCK) > count(b, CLOCK) && count(b, CLOCK) > 24 * 4);
  },

  '04 - Control the clock.json': async (nodeRed, flow) => {
    const press = async (name: string) => {
      const button = flow.find((node) => node.type === 'inject' && node.name === name);
      assert.ok(button, `a button "${name}"`);
      await nodeRed.inject(button.id);
    };
    const clock = idOf(flow, 'phasor-clock');
    const shows = (pattern: RegExp) =>
      nodeRed.until(`the clock shows ${pattern}`, () =>
        pattern.test(nodeRed.statuses.get(clock)?.text ?? '')
      );
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    await shows(/120/);
    assert.equal(noteOns(await nodeRed.heard('Loopback')).length, 0, 'it waits for its start');
    await press('start');
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 3);
    assert.equal(lastTransport(heard), START);
    assert.deepEqual(notes(heard).slice(0, 3), [36, 36, 39]);
    await press('tempo 128');
    await shows(/128/);
    await press('tempo 90');
    await shows(/90/);
    await press('to 160 in two bars');
    await shows(/160/);
    await press('back to the top');
    await shows(/, 1:/);
    await press('3/4');
    await press('loop the first bar');
    await press('no loop');
    await press('4/4');
    await press('tap');
    for (const [button, byte] of [
      ['stop', STOP],
      ['continue', CONTINUE],
      ['toggle', STOP]
    ] as const) {
      await press(button);
      await nodeRed.hear('Loopback', (all) => lastTransport(all) === byte);
    }
    await nodeRed.hear('Loopback', (all) => noteOns(all).length === noteOffs(all).length);
    assert.ok(nodeRed.debug.length > 3, 'beats are shown');
  },

  '05 - Euclidean polymeter.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 40);
    const sixteenthMs = 60_000 / 110 / 4;
    const start = noteOns(heard)[0].timeMs;
    /** The sixteenths, from the first note on, at which a drum was struck. */
    const struck = (drum: number) =>
      noteOns(heard)
        .filter(({ bytes }) => bytes[1] === drum)
        .map(({ timeMs }) => Math.round((timeMs - start) / sixteenthMs));
    const inRound = (drum: number, steps: number) =>
      [...new Set(struck(drum).map((step) => step % steps))].sort((a, b) => a - b);
    assert.deepEqual(inRound(36, 8), [0, 3, 6]);
    assert.deepEqual(inRound(38, 6), [2, 5]);
    assert.equal(inRound(42, 7).length, 5);
    await press(nodeRed, flow, 'hi-hat alone');
    await nodeRed.hear('Loopback', (all) =>
      notes(all)
        .slice(-8)
        .every((note) => note === 42)
    );
    await press(nodeRed, flow, 'snare off');
    await press(nodeRed, flow, 'all of them');
    await nodeRed.hear('Loopback', (all) => notes(all).slice(-6).includes(36));
    await press(nodeRed, flow, 'shuffle');
    await press(nodeRed, flow, 'snare on');
    await nodeRed.hear('Loopback', (all) => notes(all).slice(-6).includes(38));
  },

  '06 - A sensor that sets density and scale.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const pitches = (all: readonly Heard[], last: number) =>
      new Set(
        notes(all)
          .slice(-last)
          .map((note) => note % 12)
      );
    const within = (all: readonly Heard[], last: number, scale: number[]) =>
      noteOns(all).length >= last && [...pitches(all, last)].every((pitch) => scale.includes(pitch));
    await press(nodeRed, flow, 'dark');
    const minor = [0, 3, 5, 7, 10];
    const dark = await nodeRed.hear('Loopback', (all) => within(all, 5, minor));
    await press(nodeRed, flow, 'bright');
    const major = [0, 2, 4, 7, 9];
    const bright = await nodeRed.hear(
      'Loopback',
      (all) =>
        noteOns(all).length >= noteOns(dark).length + 24 &&
        within(all, 20, major) &&
        notes(all).slice(-20).includes(48)
    );
    assert.ok(notes(bright).slice(-20).includes(84), 'an octave higher');
    assert.ok(controls(bright, 1).length > 8);
    await press(nodeRed, flow, 'dusk');
    await nodeRed.hear('Loopback', (all) => within(all, 8, minor));
  },

  '08 - MIDI file player.json': async (nodeRed, flow) => {
    const melody = [64, 67, 69, 72, 71, 67, 69, 64, 62, 64, 67, 69, 67, 64, 62, 60];
    const bass = [45, 45, 41, 41, 43, 43, 48, 48];
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const isBass = ({ bytes }: Heard) => bytes[1] < 60;
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 30);
    const high = noteOns(heard).filter((each) => !isBass(each));
    assertPartOf(notes(high), melody);
    assertPartOf(notes(noteOns(heard).filter(isBass)), bass);
    // Eighths at the tempo of the file, which grows slower towards its end.
    const last = high.slice(-13);
    const rounds = [...melody, ...melody].join(' ');
    const first = melody.findIndex((_, index) =>
      rounds.startsWith(
        notes(last).join(' '),
        melody.slice(0, index).reduce((length, note) => length + `${note} `.length, 0)
      )
    );
    last.slice(1).forEach(({ timeMs }, index) => {
      const eighth = (first + index) % melody.length;
      const expected = eighth < 12 ? 312.5 : eighth < 14 ? 375 : 468.75;
      assert.ok(
        Math.abs(timeMs - last[index].timeMs - expected) < TOLERANCE_MS,
        `${eighth}: ${timeMs - last[index].timeMs}`
      );
    });

    await press(nodeRed, flow, 'Record');
    await press(nodeRed, flow, 'Only the bass');
    await nodeRed.hear(
      'Loopback',
      (all) => noteOns(all).slice(-6).every(isBass) && noteOns(all).length >= 40
    );
    await press(nodeRed, flow, 'Keep it as a file');
    await press(nodeRed, flow, 'Keep the recording');
    const files = async () => {
      const response = await fetch(new URL('phasor/files/patterns', nodeRed.url));
      return ((await response.json()) as { files: { name: string }[] }).files.map(({ name }) => name);
    };
    await nodeRed.until('both files are there', async () => {
      const there = await files();
      return there.includes('take.mid') && there.includes('tune.mid');
    });
  },

  '09 - NTS-1 by name with sensors.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const cutoffs = (all: readonly Heard[]) => controls(all, 43).map(({ bytes }) => bytes[2]);
    const swept = (all: readonly Heard[]) => Math.max(...cutoffs(all)) - Math.min(...cutoffs(all)) > 60;
    const heard = await nodeRed.hear('Loopback', (all) => swept(all) && noteOns(all).length >= 4);
    assertPartOf(notes(heard).slice(0, 3), [36, 48, 51, 43, 36, 48, 51, 46]);
    // Smoothed: no reading is jumped to, and the low byte follows.
    const steps = cutoffs(heard);
    steps.slice(2).forEach((value, index) => assert.ok(Math.abs(value - steps[index + 1]) < 20));
    // What is heard so far may end between the two bytes of a value.
    assert.ok([0, 1].includes(steps.length - controls(heard, 107).length));
    for (const [button, controller, value] of [
      ['triangle', 53, 36],
      ['saw', 53, 18],
      ['band pass', 42, 36],
      ['much reverb', 90, 11],
      ['no reverb', 90, 0]
    ] as const) {
      await press(nodeRed, flow, button);
      await nodeRed.hear('Loopback', (all) => controls(all, controller).at(-1)?.bytes[2] === value);
    }
    assert.match(nodeRed.statuses.get(idOf(flow, 'phasor-cc-profile'))?.text ?? '', /NTS-1/);
  },

  '11 - Many knobs through one DIN port.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const from = nodeRed.debug.length;
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 16);
    assertEven(heard, 125);
    const controllers = Array.from({ length: 16 }, (_, knob) => 16 + knob);
    const values = heard.filter(({ bytes }) => bytes[0] >> 4 === 0xb);
    const seconds = (heard.at(-1)!.timeMs - values[0].timeMs) / 1000;
    // Half of 3125 bytes a second, and the burst at its beginning.
    assert.ok(values.length * 3 < 48 + (seconds + 0.1) * 1563, `${values.length} in ${seconds} s`);
    for (const controller of controllers) assert.ok(controls(heard, controller).length > 5);
    await press(nodeRed, flow, 'stop the knobs');
    await nodeRed.hear('Loopback', (all) =>
      controllers.every((controller) => controls(all, controller).at(-1)?.bytes[2] === 64)
    );
    await nodeRed.until('figures come', () => nodeRed.debug.length > from);
    assert.match(nodeRed.statuses.get(idOf(flow, 'phasor-throttle'))?.text ?? '', /held back/);
  },

  '10 - Two synths driven by roles.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), tap('Second'), ...flow]);
    const nts1 = await nodeRed.hear('Loopback', (all) => controls(all, 24).length >= 5);
    const volca = await nodeRed.hear('Second', (all) => controls(all, 46).length >= 5);
    // The same movement, on the controller of each; one of them has more bits, of which the high ones are compared.
    const rates = (all: readonly Heard[], controller: number) =>
      controls(all, controller)
        .slice(0, 5)
        .map(({ bytes }) => bytes[2]);
    const fine = rates(nts1, 24);
    rates(volca, 46).forEach((rate, index) => assert.ok(Math.abs(rate - fine[index]) <= 1));
    await press(nodeRed, flow, 'slow attack');
    await nodeRed.hear('Loopback', (all) => controls(all, 16).at(-1)?.bytes[2] === 89);
    await nodeRed.hear('Second', (all) => controls(all, 44).at(-1)?.bytes[2] === 89);
    await nodeRed.hear('Second', (all) => notes(all).length >= 3);
    assert.ok(count(await nodeRed.heard('Second'), CLOCK) > 24);
  },

  '13 - Live play with thru.json': async (nodeRed, flow) => {
    await nodeRed.deploy([TAPS, tap('Loopback'), tap('Keys'), ...flow]);
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 16);
    const keys = await nodeRed.heard('Keys');
    const cycle = [60, 64, 67, 69, 64];
    // Each key sounds at once, and a fifth above it a little later.
    const fifths = notes(heard).filter((_, index) => notes(heard)[index - 1] === notes(heard)[index] - 7);
    assert.ok(fifths.length >= 7);
    assertPartOf(
      notes(heard)
        .filter((_, index) => index % 2 === 0)
        .slice(0, 6),
      cycle
    );
    const latencies = noteOns(keys)
      .slice(0, 6)
      .map(({ timeMs, bytes }) => {
        const thru = noteOns(heard).find((note) => note.timeMs >= timeMs && note.bytes[1] === bytes[1]);
        return (thru?.timeMs ?? Infinity) - timeMs;
      });
    assert.ok(Math.min(...latencies) < 1, `thru takes ${latencies.map((ms) => ms.toFixed(2)).join(', ')} ms`);
  },

  '12 - Health and metrics.json': async (nodeRed, flow) => {
    const press = (name: string) =>
      nodeRed.inject(flow.find((node) => node.name === name)?.id ?? assert.fail(name));
    const says = (pattern: RegExp) =>
      nodeRed.until(`it says ${pattern}`, () => nodeRed.debug.some(({ text }) => pattern.test(text)), 20_000);
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    await press('start');
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 4);
    assertPartOf(notes(heard).slice(0, 4), [48, 51, 55, 58]);
    await press('health');
    await says(/^(ok|degraded)/);
    await press('late notes');
    await says(/^degraded: .*too late/);
    assert.ok(
      noteOns(await nodeRed.heard('Loopback')).every(({ bytes }) => bytes[1] < 60),
      'none of them is heard'
    );
    await press('stop');
  },

  '14 - Sync to a drum machine.json': async (nodeRed, flow) => {
    const press = async (name: string) => {
      await nodeRed.inject(flow.find((node) => node.type === 'inject' && node.name === name)?.id ?? '');
    };
    const follower =
      flow.find(({ type, source }) => type === 'phasor-clock' && source === 'follow')?.id ?? '';
    const shows = (pattern: RegExp) =>
      nodeRed.until(`the clock shows ${pattern}`, () =>
        pattern.test(nodeRed.statuses.get(follower)?.text ?? '')
      );
    await nodeRed.deploy([TAPS, tap('Loopback'), tap('Drums'), ...flow]);
    await shows(/from Drum machine, ±/);
    await press('start');
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 7);
    const drums = await nodeRed.heard('Drums');
    const start = drums.findIndex(({ bytes }) => bytes[0] === START);
    const pulses = drums.slice(start).filter(({ bytes }) => bytes[0] === CLOCK);
    // A note on every eighth but the second and the fifth, each at its pulse of the master.
    assert.deepEqual(notes(heard).slice(0, 6), [36, 36, 39, 36, 43, 41]);
    [0, 2, 3, 5, 6, 7].forEach((eighth, index) => {
      const off = noteOns(heard)[index].timeMs - pulses[eighth * 12].timeMs;
      assert.ok(Math.abs(off) < TOLERANCE_MS, `note ${index} is ${off.toFixed(1)} ms off`);
    });
    await press('faster');
    await shows(/^13[12]/);
    await press('stop');
    await nodeRed.hear('Loopback', (all) => noteOns(all).length === noteOffs(all).length);
    await shows(/from Drum machine/);
  },

  '15 - Record and loop.json': async (nodeRed, flow) => {
    const button = (name: string) => press(nodeRed, flow, name);
    await nodeRed.deploy([TAPS, tap('Loopback'), tap('Keys'), ...flow]);
    // Nothing is recorded yet; when its last note is heard the clock runs and all ports are open.
    await button('play the keys');
    await nodeRed.hear('Loopback', (all) => noteOffs(all).some(({ bytes }) => bytes[1] === 72));
    const keys = noteOffs(await nodeRed.heard('Keys')).length;
    await button('record');
    await button('play the keys');
    await nodeRed.hear('Keys', (all) => noteOffs(all).length === keys + 4);
    await button('end recording');
    const played = noteOns(await nodeRed.heard('Loopback')).length;
    assert.ok(played >= 5, 'the thru plays them at once');
    const looped = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= played + 10);
    const rounds = noteOns(looped).slice(-8);
    assertPartOf(notes(rounds), [60, 64, 67, 72, 60, 64, 67, 72]);
    for (const { timeMs } of rounds) {
      const eighths = (timeMs - rounds[0].timeMs) / 250;
      assert.ok(Math.abs(eighths - Math.round(eighths)) * 250 < TOLERANCE_MS, `${eighths} eighths`);
    }
    await button('forget it');
    await nodeRed.hear('Loopback', (all) => noteOns(all).length === noteOffs(all).length);
    assert.equal(
      noteOns(await nodeRed.heard('Keys')).length,
      keys + 4,
      'what is looped is not played to the keys'
    );
  },

  '16 - Paint a beat.json': async (nodeRed, flow) => {
    const press = (name: string) =>
      nodeRed.inject(flow.find((node) => node.name === name)?.id ?? assert.fail(name));
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const heard = await nodeRed.hear(
      'Loopback',
      (all) => notes(all).filter((note) => note === 38).length >= 7
    );
    const drums = noteOns(heard);
    assert.ok(drums.every(({ bytes }) => (bytes[0] & 15) === 9));
    const of = (note: number) => drums.filter(({ bytes }) => bytes[1] === note).map(({ bytes }) => bytes[2]);
    // Two bars: a soft snare at the end of the first, another kick and the open hat in the second.
    assertPartOf(of(38).slice(0, 6), [112, 112, 50, 112, 112]);
    assertPartOf(of(36).slice(0, 8), [120, 90, 120, 120, 90, 120, 100]);
    assert.ok(of(46).length >= 1 && of(42).length > 30 && of(45).length === 0);
    await press('fill on');
    await nodeRed.hear('Loopback', (all) => notes(all).filter((note) => note === 45).length >= 3);
    await press('fill off');
  },

  '17 - Bass and lead in a scale.json': async (nodeRed, flow) => {
    const press = (name: string) => nodeRed.inject(flow.find((node) => node.name === name)!.id);
    const pitches = (heard: readonly Heard[]) => new Set(notes(heard).map((note) => note % 12));
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    const heard = await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 14);
    const minor = [0, 2, 3, 5, 7, 8, 10];
    for (const pitch of pitches(heard)) assert.ok(minor.includes(pitch), `${pitch} is not in C minor`);
    const channels = new Set(noteOns(heard).map(({ bytes }) => bytes[0] & 15));
    assert.deepEqual([...channels].sort(), [0, 1]);
    await press('D dorian');
    // B natural and E are in D dorian, and not in C minor; B flat and E flat the other way round.
    await nodeRed.hear('Loopback', (all) => pitches(all).has(4) || pitches(all).has(11));
  },

  '18 - Lead external gear.json': async (nodeRed, flow) => {
    const press = (name: string) => nodeRed.inject(flow.find((node) => node.name === name)!.id);
    await nodeRed.deploy([TAPS, tap('Drum machine'), ...flow]);
    await nodeRed.hear('Drum machine', (all) => count(all, CLOCK) > 10);
    await press('start');
    await nodeRed.hear('Drum machine', (all) => count(all, START) === 1 && noteOns(all).length >= 2);
    await press('stop');
    await nodeRed.hear('Drum machine', (all) => lastTransport(all) === STOP);
    await press('bar 5');
    await press('continue');
    const heard = await nodeRed.hear('Drum machine', (all) => lastTransport(all) === CONTINUE);
    // Four bars are 64 sixteenths.
    assert.ok(heard.some(({ bytes }) => bytes[0] === 0xf2 && bytes[1] === 64 && bytes[2] === 0));
    await press('132 BPM');
    await nodeRed.until('it runs at 132', () =>
      /132/.test(nodeRed.statuses.get(idOf(flow, 'phasor-clock'))?.text ?? '')
    );
  },

  '19 - Sensors over MQTT.json': async (nodeRed, flow) => {
    const press = (name: string) => nodeRed.inject(flow.find((node) => node.name === name)!.id);
    await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
    await nodeRed.hear('Loopback', (all) => noteOns(all).length >= 6);
    await press('far');
    await nodeRed.hear('Loopback', (all) => noteOns(all).at(-1)?.bytes[2] === 57);
    await press('27 °C');
    // C minor pentatonic seven semitones up has D, which it has not itself.
    await nodeRed.hear('Loopback', (all) => notes(all).some((note) => note % 12 === 2));
  }
};

function idOf(flow: readonly FlowNode[], type: string): string {
  return flow.find((node) => node.type === type)?.id ?? assert.fail(`no ${type}`);
}

describe('the examples', function () {
  this.timeout(60_000);
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  let nodeRed: NodeRed;

  before(async () => {
    nodeRed = await NodeRed.start();
  });

  after(async () => {
    assert.equal(await nodeRed.stop(), 0);
  });

  for (const file of files) {
    it(`${file} has a tab, a comment, and only nodes that everybody has`, () => {
      const flow = read(file);
      const types = flow.map(({ type }) => type);
      assert.ok(types.includes('tab') && types.includes('comment'));
      const allowed = [...CORE_TYPES, ...Object.keys(PACKAGE['node-red'].nodes)];
      assert.deepEqual(
        types.filter((type) => !allowed.includes(type)),
        []
      );
      assert.equal(new Set(flow.map(({ id }) => id)).size, flow.length);
    });

    it(`${file} plays what it promises`, async () => {
      const scenario = SCENARIOS[file] ?? assert.fail('an example without a scenario');
      const before = nodeRed.log.length;
      await scenario(nodeRed, read(file));
      assert.doesNotMatch(nodeRed.log.slice(before), /\[error\]/);
    });
  }
});
