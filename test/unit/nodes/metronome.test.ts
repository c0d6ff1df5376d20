import assert from 'node:assert/strict';
import { meter, type Meter } from '../../../nodes/music/meter';
import { readMetronome } from '../../../nodes/clock/clock-config';
import { Metronome, type Clicks } from '../../../nodes/clock/metronome';
import type { Beat } from '../../../nodes/engine';
import { CLOCK, fakeEngine } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';

const NOTE_ON = 0x99;
const START = 0xfa;
const CONTINUE = 0xfb;
const BEAT_MS = 500;

/** A clock at 120 BPM whose metronome clicks on a loopback port; `clockOut` also sends its MIDI clock there. */
function rig(
  clicks: Clicks,
  countInBars = 1,
  clockOut = false,
  signature = meter(4, 4),
  hardware?: FakeHardware
) {
  const fake = fakeEngine({}, hardware);
  const { engine } = fake;
  const heard = fake.record('A');
  const output = engine.openOutput(
    'drums',
    {
      name: 'drums',
      spec: hardware === undefined ? { mode: 'loopback', port: 'A' } : { mode: 'name', port: 'Drums' },
      channel: 1,
      output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
    },
    { outputChanged: () => undefined }
  );
  const beats: Beat[] = [];
  const metronome = new Metronome('clock', output, { clicks, countInBars, channel: 10 }, () => engine.now());
  const { transport } = engine.openTransport(
    'clock',
    'clock',
    { ...CLOCK, meter: signature },
    {
      span: (span) => {
        if (clockOut) output.lease(transport);
        metronome.answer(span);
      },
      beat: (beat) => void beats.push(beat),
      changed: () => undefined
    }
  );
  transport.countInTicks = () => metronome.countInTicks(meter(4, 4));
  fake.advance(1100);
  const clicksHeard = () =>
    heard
      .filter(({ bytes }) => bytes[0] === NOTE_ON)
      .map(({ bytes, timeMs }) => ({ note: bytes[1], timeMs }));
  return { fake, transport, metronome, heard, beats, clicksHeard };
}

describe('the metronome', () => {
  it('lets the music go on where its own port is gone', () => {
    const hardware = new FakeHardware(['Drums']);
    const { fake, transport, beats } = rig('always', 0, false, meter(4, 4), hardware);
    transport.start();
    fake.advance(600);
    hardware.unplug('Drums');
    fake.advance(2000);
    assert.ok(beats.length >= 5, `${beats.length} beats`);
  });

  it('clicks on each beat, with an accent on the first', () => {
    const { fake, transport, clicksHeard } = rig('always', 0);
    transport.start();
    fake.advance(4 * BEAT_MS + 100);
    const clicks = clicksHeard();
    assert.deepEqual(
      clicks.map(({ note }) => note),
      [76, 77, 77, 77, 76]
    );
    clicks.slice(1).forEach(({ timeMs }, index) => {
      assert.ok(Math.abs(timeMs - clicks[index].timeMs - BEAT_MS) < 0.5);
    });
  });

  for (const [first, then] of [
    [meter(4, 4), meter(3, 4)],
    [meter(7, 8), meter(4, 4)]
  ]) {
    const name = ({ beatsPerBar, beatUnit }: Meter) => `${beatsPerBar}/${beatUnit}`;
    it(`clicks on the beats of its clock, with its accents, from ${name(first)} to ${name(then)}`, () => {
      const { fake, transport, beats, clicksHeard } = rig('always', 0, false, first);
      transport.start();
      fake.advance(1000);
      transport.setMeter(then);
      fake.advance(9000);
      assert.ok(beats.length > 18 && new Set(beats.map(({ beatsPerBar }) => beatsPerBar)).size === 2);
      const clicks = clicksHeard().slice(0, beats.length);
      assert.deepEqual(
        clicks.map(({ note }) => note),
        beats.map(({ beat }) => (beat === 1 ? 76 : 77))
      );
      clicks.forEach(({ timeMs }, index) => assert.ok(Math.abs(timeMs - beats[index].timeMs) < 0.5));
    });
  }

  for (const clockOut of [false, true]) {
    it(`counts in exactly ${clockOut ? 'with' : 'without'} MIDI clock`, () => {
      const { fake, transport, heard, clicksHeard } = rig('countIn', 2, clockOut);
      transport.start();
      const startMs = fake.engine.now();
      fake.advance(9 * BEAT_MS + 200);
      const clicks = clicksHeard();
      assert.deepEqual(
        clicks.map(({ note }) => note),
        [76, 77, 77, 77, 76, 77, 77, 77]
      );
      // At the start of the music, eight beats after the first click.
      const { tempo, shift } = transport.state();
      assert.ok(Math.abs(tempo.msAt(shift) - clicks[0].timeMs - 8 * BEAT_MS) < 0.5);
      // A lookahead after the start, and where there is MIDI clock with the next pulse.
      assert.ok(clicks[0].timeMs - startMs < 200, `${clicks[0].timeMs - startMs} ms`);
      const starts = heard.filter(({ bytes }) => bytes[0] === START);
      assert.equal(starts.length, clockOut ? 1 : 0);
      if (clockOut) assert.ok(starts[0].timeMs > clicks[7].timeMs + BEAT_MS - 10);
    });
  }

  it('counts in where it goes on, too, and not while it runs', () => {
    const { fake, transport, heard, clicksHeard } = rig('countIn', 1, true);
    transport.locate(8 * 960);
    transport.continue();
    fake.advance(5 * BEAT_MS);
    assert.equal(clicksHeard().length, 4);
    assert.equal(heard.filter(({ bytes }) => bytes[0] === CONTINUE).length, 1);
    transport.start();
    transport.continue();
    fake.advance(3 * BEAT_MS);
    assert.equal(clicksHeard().length, 4);
  });

  it('is silent after a stop in the middle of the count', () => {
    const { fake, transport, clicksHeard } = rig('always', 1);
    transport.start();
    fake.advance(2 * BEAT_MS - 100);
    transport.stop();
    fake.advance(4 * BEAT_MS);
    assert.equal(clicksHeard().length, 2);
    assert.equal(transport.state().stoppedPosition, 0);
  });

  it('can be switched while it plays', () => {
    const { fake, transport, metronome, clicksHeard } = rig('off');
    transport.start();
    fake.advance(4 * BEAT_MS);
    assert.equal(clicksHeard().length, 0);
    metronome.clicks = 'always';
    fake.advance(4 * BEAT_MS);
    assert.ok(clicksHeard().length >= 3);
  });

  it('refuses what it cannot be set to', () => {
    assert.deepEqual(readMetronome({}), { clicks: 'off', countInBars: 1, channel: 10 });
    for (const fields of [
      { clicks: 'loud' },
      { countInBars: 9 },
      { countInBars: 0.5 },
      { clickChannel: 17 }
    ]) {
      assert.throws(() => readMetronome(fields));
    }
  });
});
