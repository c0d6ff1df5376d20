import assert from 'node:assert/strict';
import { BANDWIDTH_HZ, Pulses } from '../../../nodes/engine/core/follow/pulses';
import { deviation, JITTERS, trace, type Trace } from '../../support/clock-traces';

const SMOOTH: number = BANDWIDTH_HZ.smooth;
const TIGHT: number = BANDWIDTH_HZ.tight;

/** Follows a trace; returns the smooth time and the tempo after each pulse. */
function follow(arrivedMs: readonly number[], endHz = SMOOTH) {
  const pulses = new Pulses(endHz, 2500 / 120);
  const smoothMs: number[] = [];
  const bpm: number[] = [];
  for (const ms of arrivedMs) {
    pulses.take(ms);
    smoothMs.push(pulses.dll.smoothMs);
    bpm.push(2500 / pulses.dll.periodMs);
  }
  return { pulses, smoothMs, bpm };
}

/** Errors of the smooth times from those of sending. */
function phase({ sentMs, arrivedMs }: Trace, endHz?: number): number[] {
  const { smoothMs } = follow(arrivedMs, endHz);
  return smoothMs.map((ms, pulse) => ms - sentMs[pulse]);
}

describe('following the pulses of a MIDI clock', () => {
  // What the method reaches at 120 BPM when it has settled: standard deviation of phase in ms, of tempo in BPM.
  const limits: [name: keyof typeof JITTERS, phaseMs: number, bpm: number, tightPhaseMs: number][] = [
    ['din', 0.04, 0.007, 0.06],
    ['usb', 0.05, 0.01, 0.09],
    ['block', 0.13, 0.028, 0.32],
    ['outliers', 0.1, 0.017, 0.17]
  ];
  for (const [name, phaseMs, bpm, tightPhaseMs] of limits) {
    it(`with the jitter of ${name}: phase within ${phaseMs} ms (sd), tempo within ${bpm} BPM`, () => {
      for (const seed of [1, 2, 3]) {
        const made = trace(24 * 240, () => 120, JITTERS[name](seed));
        const settled = 24 * 20;
        const errors = phase(made).slice(settled);
        assert.ok(deviation(errors) <= phaseMs, `phase ${deviation(errors)}`);
        const tempi = follow(made.arrivedMs).bpm.slice(settled);
        assert.ok(deviation(tempi) <= bpm, `tempo ${deviation(tempi)}`);
        const tight = deviation(phase(made, TIGHT).slice(settled));
        assert.ok(tight <= tightPhaseMs, `tight ${tight}`);
        assert.ok(follow(made.arrivedMs).pulses.isLocked);
      }
    });
  }

  it('settles within 1.1 s after a tempo step of 5 %, and is off by 6.9 ms at most', () => {
    for (const to of [126, 114]) {
      for (const [endHz, limitMs] of [
        [SMOOTH, 1090],
        [TIGHT, 1090]
      ]) {
        const made = trace(24 * 60, (pulse) => (pulse < 24 * 30 ? 120 : to), JITTERS.din(5));
        const { smoothMs } = follow(made.arrivedMs, endHz);
        const stepMs = made.sentMs[24 * 30];
        const errors = smoothMs.map((ms, pulse) => ms - made.sentMs[pulse]);
        let settledMs = 0;
        errors.forEach((error, pulse) => {
          if (pulse > 24 * 30 && Math.abs(error) > 1) settledMs = made.sentMs[pulse] - stepMs;
        });
        assert.ok(settledMs <= limitMs, `${endHz} Hz to ${to}: settled after ${settledMs} ms`);
        const peak = Math.max(...errors.slice(24 * 30).map(Math.abs));
        assert.ok(peak <= 6.9, `${endHz} Hz to ${to}: ${peak} ms off`);
      }
    }
  });

  it('takes any tempo, and big steps, and keeps counting', () => {
    for (const [from, to] of [
      [120, 180],
      [120, 60],
      [60, 240],
      [300, 30],
      [30, 300],
      [999, 120],
      [1, 20]
    ]) {
      const made = trace(400, (pulse) => (pulse < 200 ? from : to), JITTERS.din(9));
      const { pulses, bpm } = follow(made.arrivedMs);
      assert.ok(Math.abs(bpm.at(-1)! / to - 1) < 0.02, `${from} to ${to}: ${bpm.at(-1)}`);
      // Four times as fast looks at first like pulses that come twice.
      if (to <= 3 * from) assert.equal(pulses.count, 400, `${from} to ${to}`);
    }
  });

  it('goes along with a ramp', () => {
    const made = trace(24 * 60, (pulse) => 90 + (60 * pulse) / (24 * 60), JITTERS.usb());
    const { pulses, smoothMs } = follow(made.arrivedMs, TIGHT);
    assert.equal(pulses.count, 24 * 60);
    const errors = smoothMs.map((ms, pulse) => ms - made.sentMs[pulse]).slice(48);
    assert.ok(Math.max(...errors.map(Math.abs)) < 6, String(Math.max(...errors.map(Math.abs))));
  });

  it('counts lost pulses when the next one confirms it, one and several', () => {
    for (const missing of [1, 2, 3]) {
      const { arrivedMs } = trace(480, () => 120, JITTERS.din(3));
      arrivedMs.splice(240, missing);
      const { pulses } = follow(arrivedMs);
      assert.deepEqual([pulses.count, pulses.lost], [480, missing]);
      assert.ok(pulses.isLocked);
    }
  });

  it('knows a late pulse from a lost one', () => {
    const { arrivedMs } = trace(480, () => 300, JITTERS.din(3));
    arrivedMs[300] += 7.5; // nearly a period
    const { pulses } = follow(arrivedMs);
    assert.deepEqual([pulses.count, pulses.lost, pulses.doubled], [480, 0, 0]);
  });

  it('does not count pulses that come twice', () => {
    const { arrivedMs } = trace(480, () => 120, JITTERS.din(4));
    const doubled = arrivedMs.flatMap((ms, pulse) =>
      pulse > 100 && pulse % 3 === 0 ? [ms, ms + 1.2] : [ms]
    );
    const { pulses } = follow(doubled);
    assert.equal(pulses.count, 480);
    assert.equal(pulses.doubled, doubled.length - 480);
    assert.ok(pulses.isLocked);
  });

  it('is lost after 250 ms or four periods, and locks again after it', () => {
    const { pulses } = follow(trace(100, () => 120, JITTERS.din(4)).arrivedMs);
    assert.equal(Math.round(pulses.lostAtMs - pulses.arrivedMs), 250);
    pulses.loseClock();
    assert.ok(!pulses.isLocked && !pulses.isAlive);
    assert.equal(pulses.lostAtMs, Infinity);
    const slow = new Pulses(SMOOTH, 20);
    for (let pulse = 0; pulse < 20; pulse++) slow.take(pulse * 100);
    assert.ok(slow.lostAtMs - slow.arrivedMs > 395);
    const back = trace(
      100,
      () => 120,
      (ms) => ms + 60_000
    ).arrivedMs;
    for (const ms of back) pulses.take(ms);
    assert.ok(pulses.isLocked);
    assert.equal(pulses.count, 200);
  });

  it('tells tempo, jitter and drift', () => {
    const made = trace(24 * 60, () => 120 * (1 + 80e-6), JITTERS.din(8));
    const { pulses } = follow(made.arrivedMs);
    assert.ok(Math.abs(pulses.bpm - 120) < 0.15);
    assert.ok(Math.abs(pulses.jitterMs - 0.15) < 0.05, String(pulses.jitterMs));
    assert.ok(Math.abs(pulses.driftPpm - 80) < 25, String(pulses.driftPpm));
  });
});
