import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clockRig, wire, type Followed } from '../../support/clock-rig';
import { fakeEngine, type FakeEngine, type Heard } from '../../support/fake-engine';
import { MidiSlave } from '../../support/midi-slave';

const PULSE_MS = 500 / 24;

const hex = ({ bytes }: Heard) => bytes.map((byte) => byte.toString(16)).join(' ');
const words = (heard: Heard[]) => heard.map(hex).filter((word) => word !== 'f8');
const pulses = (heard: Heard[]) => heard.filter(({ bytes }) => bytes[0] === 0xf8).map(({ timeMs }) => timeMs);

/** Without its pulses, except for the first after each other message. */
function outline(heard: Heard[]): string[] {
  const all = heard.map(hex);
  return all.filter((word, index) => word !== 'f8' || (index > 0 && all[index - 1] !== 'f8'));
}

function assertEven(times: number[], stepMs: number): void {
  for (let index = 1; index < times.length; index++) {
    assert.ok(
      Math.abs(times[index] - times[index - 1] - stepMs) < 1e-6,
      `${times[index - 1]} ${times[index]}`
    );
  }
}

/** A clock at 120 BPM, wired to one output. */
function wired(config: Parameters<typeof clockRig>[1] = {}, offsetMs = 0) {
  const fake = fakeEngine();
  const rig = clockRig(fake, config);
  return { fake, rig, transport: rig.transport, heard: wire(fake, rig, 'out', offsetMs) };
}

/** Lets the core sleep through some time, as a machine that is too busy does. */
function stall(fake: FakeEngine, ms: number): void {
  fake.link.waiter.nowMs += ms;
  fake.advance(0);
}

/** Sends what was heard to a slave, and compares where it is at each pulse. Returns how many it played. */
function follow(slave: MidiSlave, heard: Followed[]): number {
  let played = 0;
  for (const message of heard.splice(0)) {
    if (!slave.take(message)) continue;
    played++;
    assertAt(slave.position, message.song);
  }
  return played;
}

function assertAt(position: number, song: number): void {
  assert.ok(Math.abs(position - song) < 1e-6, `${position}, and the song is at ${song}`);
}

/** Where the song is at the pulse that a message arms the slave for. */
function armedFor(heard: Followed[], word: string): number {
  return heard[heard.findIndex((message) => hex(message) === word) + 1].song;
}

describe('MIDI clock', () => {
  it('runs on one grid through start, stop, locate and continue', () => {
    const { fake, transport, heard } = wired();
    transport.start();
    fake.advance(333);
    transport.locate(7777);
    fake.advance(444);
    transport.stop();
    fake.advance(55);
    transport.locate(100);
    transport.continue();
    fake.advance(700);
    assert.ok(pulses(heard).length > 70);
    assertEven(pulses(heard), PULSE_MS);
  });

  it('keeps any slave in step, whatever the transport does', () => {
    const command = fc.oneof(
      fc.constantFrom('start', 'stop', 'continue'),
      fc.record({
        locate: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.double({ min: 0, max: 500, noNaN: true }))
      }),
      fc.record({ bpm: fc.double({ min: 20, max: 999, noNaN: true }) }),
      fc.record({
        ramp: fc.double({ min: 20, max: 999, noNaN: true }),
        ms: fc.integer({ min: 1, max: 500 })
      }),
      fc.record({ stallMs: fc.integer({ min: 1, max: 700 }) })
    );
    let played = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(command, fc.integer({ min: 10, max: 400 })), { minLength: 3, maxLength: 12 }),
        (commands) => {
          const { fake, transport, heard } = wired();
          // A stall, or a tempo that changes in between, may bring Start close to its pulse.
          const slave = new MidiSlave(0);
          for (const [told, ms] of commands) {
            if (told === 'start') transport.start();
            else if (told === 'stop') transport.stop();
            else if (told === 'continue') transport.continue();
            else if ('locate' in told) transport.locate(told.locate);
            else if ('bpm' in told) transport.setBpm(told.bpm);
            else if ('ramp' in told) transport.ramp(told.ramp, { ms: told.ms });
            else fake.link.waiter.nowMs += told.stallMs;
            fake.advance(0);
            // What was late was late: it is judged by how it goes on.
            if (typeof told === 'object' && 'stallMs' in told)
              for (const late of heard.splice(0)) slave.take(late);
            fake.advance(ms);
            played += follow(slave, heard);
          }
        }
      ),
      { numRuns: 100 }
    );
    assert.ok(played > 1000, `${played} pulses were played`);
  });

  it('sends Start behind the pulse before its own and at least 1 ms ahead of its own, at 999 BPM too', () => {
    for (const bpm of [1, 20, 120, 999]) {
      for (let index = 0; index < 20; index++) {
        const { fake, transport, heard } = wired({ bpm });
        fake.advance((index / 20) * (2500 / bpm) + 1);
        transport.start();
        fake.advance(6000 / bpm + 10);
        const start = heard.findIndex((message) => hex(message) === 'fa');
        assert.ok(heard[start + 1].timeMs - heard[start].timeMs >= 1);
        assert.deepEqual(hex(heard[start + 1]), 'f8');
        assertAt(0, heard[start + 1].song);
      }
    }
  });

  it('sends Start and Continue right before their pulse when the tempo changes in between', () => {
    for (const position of [0, 1]) {
      const { fake, transport, heard } = wired({ bpm: 20 });
      transport.locate(position);
      fake.advance(1);
      transport.continue();
      fake.advance(200);
      transport.setBpm(999);
      fake.advance(300);
      assertAt(position * 240, armedFor(heard, position === 0 ? 'fa' : 'fb'));
    }
  });

  it('leads a slave to a place between two sixteenths at the next of them', () => {
    const { fake, transport, heard } = wired();
    transport.locate(3840 + 100);
    fake.advance(50);
    heard.length = 0;
    transport.continue();
    fake.advance(200);
    assert.deepEqual(words(heard), ['f2 11 0', 'fb']);
    assertAt(4080, armedFor(heard, 'fb'));
  });

  it('tells a slave of a locate while it plays: stopped, placed and continued before the pulse that is there', () => {
    const { fake, transport, heard } = wired();
    transport.start();
    fake.advance(500);
    heard.length = 0;
    transport.locate(9600);
    fake.advance(400);
    assert.deepEqual(outline(heard), ['fc', 'f2 28 0', 'fb', 'f8']);
    assertEven(pulses(heard), PULSE_MS);
    assertAt(9600, armedFor(heard, 'fb'));
    transport.start();
    fake.advance(400);
    assert.deepEqual(words(heard).slice(3), ['fc', 'fa']);
  });

  it('forgets what was planned for a slave when the song jumps once more before', () => {
    const { fake, transport, heard } = wired();
    transport.start();
    fake.advance(500);
    heard.length = 0;
    transport.locate(1000);
    fake.advance(60);
    transport.locate(4800);
    fake.advance(500);
    assert.deepEqual(words(heard), ['fc', 'fc', 'f2 14 0', 'fb']);
    assertAt(4800, armedFor(heard, 'fb'));
  });

  it('follows a loop that ends before the next sixteenth', () => {
    const { fake, transport, heard } = wired();
    transport.setLoop({ start: 480, end: 1920 });
    transport.locate(1900);
    fake.advance(50);
    heard.length = 0;
    transport.continue();
    fake.advance(200);
    assert.deepEqual(words(heard), ['f2 2 0', 'fb']);
    assertAt(1920, armedFor(heard, 'fb'));
  });

  for (const clockWhileStopped of [true, false]) {
    for (const sendStartStop of [true, false]) {
      for (const sendSongPosition of [true, false]) {
        const options = { clockWhileStopped, sendStartStop, sendSongPosition };
        it(`sends what it may: ${JSON.stringify(options)}`, () => {
          const { fake, transport, heard } = wired(options);
          fake.advance(200);
          assert.equal(heard.length > 0, clockWhileStopped);
          transport.start();
          fake.advance(500);
          const may = (word: string) => (word.startsWith('f2') ? sendSongPosition : sendStartStop);
          transport.locate(1920);
          fake.advance(500);
          transport.stop();
          const stoppedMs = fake.link.now();
          fake.advance(200);
          transport.locate(480);
          fake.advance(200);
          assert.deepEqual(words(heard), ['fa', 'fc', 'f2 8 0', 'fb', 'fc', 'f2 2 0'].filter(may));
          const last = pulses(heard).at(-1) as number;
          assert.equal(last > stoppedMs, clockWhileStopped);
          assertEven(pulses(heard), PULSE_MS);
        });
      }
    }
  }

  it('leads in an output that is wired while the clock runs, in phase', () => {
    const fake = fakeEngine();
    const rig = clockRig(fake);
    rig.transport.start();
    fake.advance(333);
    const heard = wire(fake, rig, 'late');
    fake.advance(300);
    assert.deepEqual(words(heard), ['f2 3 0', 'fb']);
    const slave = new MidiSlave();
    assert.ok(follow(slave, heard) > 5);
  });

  it('leads it in behind a jump that is laid out', () => {
    const fake = fakeEngine();
    const rig = clockRig(fake, { lookaheadMs: 400 });
    rig.transport.start();
    fake.advance(500);
    rig.transport.locate(19_200);
    fake.advance(50);
    const heard = wire(fake, rig, 'late');
    fake.advance(900);
    assert.deepEqual(words(heard), ['f2 50 0', 'fb']);
    assert.ok(follow(new MidiSlave(), heard) > 10);
  });

  it('stops a slave whose lease ends, and ages leases by the heart of the main thread', () => {
    const { fake, rig, transport, heard } = wired();
    const other = wire(fake, rig, 'other');
    transport.start();
    fake.advance(500);
    fake.link.listening = false;
    fake.advance(10_000);
    fake.link.listening = true;
    fake.advance(100);
    assert.deepEqual(words(heard), ['fa']);
    rig.wired.splice(0, 1);
    fake.advance(5000);
    assert.deepEqual(words(heard), ['fa', 'fc']);
    assert.deepEqual(words(other), ['fa']);
    assert.ok(other.length > heard.length + 50, 'another output of the clock goes on');
    assert.deepEqual(hex(heard.at(-1) as Heard), 'fc');
    assertEven(pulses(heard), PULSE_MS);
  });

  for (const offsetMs of [-40, 35, 500]) {
    it(`shifts all that an output gets by ${offsetMs} ms`, () => {
      const { fake, rig, transport, heard: shifted } = wired({ bpm: 100 }, offsetMs);
      const plain = wire(fake, rig, 'plain');
      fake.advance(700);
      transport.start();
      fake.advance(900);
      transport.locate(5000);
      fake.advance(400);
      // What an early output has sent is sent: a change that comes now is too late for it.
      if (offsetMs > 0) {
        transport.setBpm(180);
        fake.advance(400);
        transport.ramp(90, { ms: 300 });
        fake.advance(900);
        transport.stop();
      }
      fake.advance(1000);
      const start = (heard: Heard[]) => heard.findIndex((message) => hex(message) === 'fa') - 10;
      const [a, b] = [plain.slice(start(plain)), shifted.slice(start(shifted))];
      const length = Math.min(a.length, b.length);
      assert.ok(length > 80);
      assert.deepEqual(b.slice(0, length).map(hex), a.slice(0, length).map(hex));
      for (let index = 0; index < length; index++) {
        assert.ok(Math.abs(b[index].timeMs - a[index].timeMs - offsetMs) < 1e-6, `message ${index}`);
      }
    });
  }

  it('makes up for a short stall, and loses no pulse', () => {
    const { fake, transport, heard } = wired();
    transport.start();
    fake.advance(500);
    heard.length = 0;
    const stats = () => fake.engine.outputReports()[0].counters!;
    for (const ms of [30, 70, 100]) {
      const before = stats().clocks;
      const fromMs = fake.link.now();
      stall(fake, ms);
      fake.advance(200);
      const due = (ms + 200) / PULSE_MS;
      assert.ok(Math.abs(stats().clocks - before - due) < 1, `${fromMs}`);
    }
    assert.equal(stats().clocksSkipped, 0);
    assert.deepEqual(words(heard), []);
  });

  it('skips and counts the pulses of a long stall, and leads the slave in anew', () => {
    const { fake, transport, heard } = wired();
    transport.start();
    fake.advance(500);
    const slave = new MidiSlave();
    heard.splice(0).forEach((message) => slave.take(message));
    stall(fake, 500);
    assert.deepEqual(heard.map(hex), ['fc', 'f8']);
    const { clocksSkipped } = fake.engine.outputReports()[0].counters!;
    assert.ok(clocksSkipped >= 22 && clocksSkipped <= 24, `${clocksSkipped} skipped`);
    heard.splice(0).forEach((message) => slave.take(message));
    fake.advance(400);
    assert.deepEqual(words(heard).at(-1), 'fb');
    assert.ok(follow(slave, heard) > 5);
  });

  it('neither starts nor counts for a slave that stands when it stalls', () => {
    const { fake, transport, heard } = wired({ clockWhileStopped: false });
    stall(fake, 500);
    assert.equal(fake.engine.outputReports()[0].counters!.clocksSkipped, 0);
    transport.start();
    fake.advance(500);
    transport.stop();
    stall(fake, 500);
    fake.advance(500);
    assert.deepEqual(words(heard), ['fa', 'fc']);
  });

  it('starts a slave in phase whose start was due in a stall', () => {
    const { fake, transport, heard } = wired();
    fake.advance(100);
    transport.start();
    fake.advance(0);
    stall(fake, 400);
    fake.advance(600);
    const slave = new MidiSlave();
    assert.ok(follow(slave, heard) > 10);
  });
});
