import assert from 'node:assert/strict';
import { FOLLOW_DEFAULTS, type FollowConfig, type FollowReport, type Span } from '../../../nodes/engine';
import { deviation, JITTERS } from '../../support/clock-traces';
import { openOutput } from '../../support/clock-rig';
import { CLOCK as CONFIG, fakeEngine, type Heard } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';
import { MidiSlave } from '../../support/midi-slave';

const [CLOCK, START, CONTINUE, STOP] = [0xf8, 0xfa, 0xfb, 0xfc];
const QUARTER = 960;

/** A drum machine: sends pulses on an even grid of its own, with jitter on their way. */
class Master {
  nextMs = 10.3;
  periodMs = 2500 / 120;
  silent = false;
  /** Times of the pulses that it sent since its last start; the first is its beat one. */
  played: number[] = [];
  private isStarting = false;

  constructor(
    private readonly hardware: FakeHardware,
    private readonly way: (ms: number) => number = (ms) => ms
  ) {}

  send(...bytes: number[]): void {
    this.hardware.arrive('Drums', bytes);
  }

  start(status = START): void {
    this.send(status);
    this.isStarting = status === START;
  }

  /** Lets time go by up to a moment. */
  run(toMs: number, advance: (ms: number) => void): void {
    for (; this.nextMs <= toMs; this.nextMs += this.periodMs) {
      const arrivesMs = Math.max(this.hardware.now(), this.way(this.nextMs));
      advance(arrivesMs - this.hardware.now());
      if (this.silent) continue;
      if (this.isStarting) this.played = [];
      this.isStarting = false;
      this.played.push(this.nextMs);
      this.send(CLOCK);
      advance(0.01);
    }
    advance(toMs - this.hardware.now());
  }
}

/** A clock that follows the drums and plays a quarter note on each beat, to a loopback port. */
function rig({ config = {}, way }: { config?: Partial<FollowConfig>; way?: (ms: number) => number } = {}) {
  const hardware = new FakeHardware(['Drums']);
  const fake = fakeEngine({}, hardware);
  hardware.now = () => fake.engine.now();
  const heard = fake.record('Synth');
  const out = openOutput(fake, 'Synth');
  const reports: FollowReport[] = [];
  const drifts: number[] = [];
  const bpms: number[] = [];
  const answer = (span: Span) => {
    bpms.push(span.bpm);
    const first = Math.ceil(span.position / QUARTER) * QUARTER;
    for (let position = first; position < span.position + span.to - span.from; position += QUARTER) {
      const tick = span.from + position - span.position;
      const note = 36 + ((position / QUARTER) % 64);
      const at = { clock: 'clock', epoch: span.epoch, tick, source: 'test', ordinal: 0 };
      out.send({ type: 'note', note, velocity: 100, durationTicks: 100 }, at, {
        source: 'test',
        enteredMs: 0
      });
    }
  };
  const { transport } = fake.engine.openTransport(
    'clock',
    'clock',
    {
      ...CONFIG,
      bpm: 100
    },
    {
      span: (span) => {
        if (lead) out.lease(transport);
        if (span.to > span.from) answer(span);
      },
      beat: () => undefined,
      changed: () => undefined,
      followed: (report, drifted) => {
        reports.push(report);
        if (drifted) drifts.push(report.deltaMs);
      }
    }
  );
  let lead = false;
  const input = fake.engine.openInput(
    'drums',
    { name: 'drums', spec: { mode: 'name', port: 'Drums' }, beside: '' },
    { inputChanged: () => undefined }
  );
  fake.advance(0);
  fake.engine.follow(transport, input, { ...FOLLOW_DEFAULTS, ...config });
  fake.advance(0);
  const master = new Master(hardware, way);
  const run = (ms: number) => master.run(fake.engine.now() + ms, (each) => fake.advance(Math.max(0, each)));
  return {
    fake,
    hardware,
    transport,
    master,
    heard,
    reports,
    drifts,
    bpms,
    run,
    input,
    lead: () => (lead = true),
    states: () => reports.map(({ state }) => state)
  };
}

const ons = (heard: readonly Heard[]) => heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90);
const pitches = (heard: readonly Heard[]) => ons(heard).map(({ bytes }) => bytes[1]);

describe('a transport that follows a clock', () => {
  it('locks while it stands, starts at the pulse after Start, and plays in phase', () => {
    const { run, master, heard, transport, states } = rig();
    run(1500);
    assert.deepEqual(states(), ['waiting', 'locking', 'locked']);
    assert.equal(transport.state().running, false);
    assert.ok(Math.abs(transport.followReport().bpm - 120) < 0.01);
    master.start();
    run(4000);
    const notes = ons(heard);
    assert.deepEqual(pitches(heard), [36, 37, 38, 39, 40, 41, 42, 43]);
    notes.forEach(({ timeMs }, beat) => {
      const error = timeMs - master.played[beat * 24];
      assert.ok(Math.abs(error) < 0.1, `beat ${beat} is ${error} ms off`);
    });
  });

  it('starts from a standing clock too, at the first pulse', () => {
    const { run, master, heard } = rig();
    master.silent = true;
    run(500);
    master.silent = false;
    master.nextMs += 7.7;
    master.start();
    run(2000);
    const [first] = ons(heard);
    assert.ok(Math.abs(first.timeMs - master.played[0]) < 0.1);
    assert.deepEqual(pitches(heard).slice(0, 4), [36, 37, 38, 39]);
  });

  it('begins with the pulse of a master that starts its clock anew with Start', () => {
    const { run, master, heard } = rig();
    run(1505);
    master.start();
    master.nextMs = 1505 + 31.4; // not on the grid from before
    run(2000);
    assert.ok(Math.abs(ons(heard)[0].timeMs - master.played[0]) < 0.1);
    assert.ok(Math.abs(ons(heard)[3].timeMs - master.played[72]) < 1);
  });

  it('smoothes what a bad way does to the pulses', () => {
    const { run, master, heard } = rig({ way: JITTERS.block(), config: { delayMs: 2.9 } });
    run(3000);
    master.start();
    run(12_000);
    const errors = ons(heard)
      .slice(8)
      .map(({ timeMs }, beat) => timeMs - master.played[(beat + 8) * 24]);
    assert.ok(errors.length >= 14);
    assert.ok(deviation(errors) < 0.2, `sd ${deviation(errors)} ms`);
    assert.ok(Math.max(...errors.map(Math.abs)) < 0.8, errors.join(' '));
  });

  it('stops, and continues with the pulse after the last that it played', () => {
    const { run, master, heard, transport } = rig();
    run(1000);
    master.start();
    run(1100);
    const before = master.played.length;
    master.send(STOP);
    run(500);
    assert.equal(transport.state().running, false);
    assert.equal(transport.state().stoppedPosition, before * 40);
    const whileStopped = master.played.length;
    master.start(CONTINUE);
    run(1100);
    assert.deepEqual(pitches(heard), [36, 37, 38, 39, 40]);
    const error = ons(heard)[3].timeMs - master.played[whileStopped + 72 - before];
    assert.ok(Math.abs(error) < 0.1, String(error));
  });

  it('goes to the song position, but not while it plays', () => {
    const { run, master, heard } = rig();
    run(1000);
    master.send(0xf2, 16, 0); // the second bar
    master.start(CONTINUE);
    run(1600);
    assert.deepEqual(pitches(heard), [40, 41, 42, 43]);
    master.send(0xf2, 0, 0);
    run(500);
    assert.equal(pitches(heard).at(-1), 44);
    master.send(STOP);
    run(100);
    master.send(0xf2, 4, 0);
    master.start(CONTINUE);
    run(400);
    assert.equal(pitches(heard).at(-1), 37);
  });

  it('never runs beyond the pulse that is expected next, and stops when no pulse comes', () => {
    const { run, master, heard, transport, states } = rig();
    run(1000);
    master.start();
    run(900);
    master.silent = true;
    run(1000);
    assert.deepEqual(pitches(heard), [36, 37], 'no note of the third beat');
    assert.equal(transport.state().running, false);
    assert.equal(states().at(-1), 'lost');
    assert.equal(transport.followReport().dropOuts, 1);
    const sounding = heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x80).length;
    assert.equal(sounding, 2);
    master.silent = false;
    run(1500);
    assert.equal(states().at(-1), 'locked');
    assert.equal(transport.state().running, false, 'it waits for Start or Continue');
    master.start();
    run(600);
    assert.deepEqual(pitches(heard).slice(2), [36, 37]);
  });

  it('plays on without a clock where that is wished, and takes it up again without a jump', () => {
    const { run, master, heard, states } = rig({ config: { onLoss: 'freewheel' } });
    run(1000);
    master.start();
    run(2000);
    master.silent = true;
    run(1003);
    assert.equal(states().at(-1), 'freewheeling');
    master.silent = false;
    master.nextMs += 3; // it comes back a little off
    run(3000);
    assert.equal(states().at(-1), 'locked');
    const times = ons(heard).map(({ timeMs }) => timeMs);
    const steps = times.slice(1).map((ms, beat) => ms - times[beat]);
    assert.deepEqual(
      pitches(heard),
      times.map((_, beat) => 36 + beat)
    );
    for (const step of steps) assert.ok(Math.abs(step - 500) < 4, steps.join(' '));
  });

  it('tells a clock that is off by more than the threshold', () => {
    const { run, master, drifts } = rig({ config: { driftMs: 10 } });
    run(2000);
    assert.deepEqual(drifts, []);
    master.nextMs += 12;
    run(1000);
    assert.equal(drifts.length, 1);
    assert.ok(Math.abs(drifts[0] - 10) < 3, String(drifts[0]));
  });

  it('plays earlier or later as the delay says', () => {
    for (const delayMs of [8, -8]) {
      const { run, master, heard } = rig({ config: { delayMs } });
      run(1500);
      master.start();
      run(2500);
      const error = ons(heard)[3].timeMs - master.played[72];
      assert.ok(Math.abs(error + delayMs) < 0.1, `${error}`);
    }
  });

  it('leads others while it follows', () => {
    const { run, master, heard, lead } = rig({ way: JITTERS.usb() });
    lead();
    run(2000);
    master.start();
    run(4000);
    master.send(STOP);
    run(300);
    const slave = new MidiSlave(0);
    const at: number[] = [];
    for (const each of heard) if (slave.take(each)) at.push(each.timeMs);
    assert.ok(at.length > 180);
    const errors = at.slice(48).map((ms, pulse) => ms - master.played[pulse + 48]);
    assert.ok(deviation(errors) < 0.15, `sd ${deviation(errors)}`);
    assert.equal(slave.isPlaying, false);
  });

  it('goes on by itself when it is told to follow no more', () => {
    const { run, master, heard, fake, transport } = rig();
    run(1000);
    master.start();
    run(1000);
    fake.engine.follow(transport, undefined, FOLLOW_DEFAULTS);
    master.silent = true;
    run(2000);
    assert.equal(pitches(heard).length, 6);
    assert.equal(transport.followReport().state, 'none');
  });

  it('is in phase again after the core was replaced', () => {
    const { run, master, heard, fake } = rig();
    run(1000);
    master.start();
    run(1900);
    fake.link.crash(new Error('on purpose'), true);
    run(3000);
    const last = ons(heard).at(-1)!;
    const beat = last.bytes[1] - 36;
    assert.ok(beat >= 8, String(beat));
    assert.ok(Math.abs(last.timeMs - master.played[beat * 24]) < 1.5);
  });

  it('is lost and found with the port', () => {
    const { run, master, hardware, states } = rig();
    run(1000);
    hardware.unplug('Drums');
    run(600);
    assert.equal(states().at(-1), 'lost');
    hardware.plug('Drums');
    run(1500);
    assert.equal(states().at(-1), 'locked');
    assert.ok(master.played.length > 0);
  });
});
