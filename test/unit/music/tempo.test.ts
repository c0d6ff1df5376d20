import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_BPM, MIN_BPM, TempoCurve, rampTicks, ticksIn } from '../../../nodes/music/tempo';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const bpm = between(MIN_BPM, MAX_BPM);

/** A curve after some changes, and when they were. */
const changed = fc
  .tuple(
    bpm,
    fc.array(
      fc.record({ bpm, ticks: fc.oneof(fc.constant(0), between(1, 5000)), afterMs: between(0, 900) }),
      {
        maxLength: 6
      }
    )
  )
  .map(([first, changes]) => {
    let ms = 1000;
    let curve = TempoCurve.constant(first, ms, 500);
    const before = [curve];
    const times: number[] = [];
    for (const change of changes) {
      ms += change.afterMs;
      curve =
        change.ticks === 0 ? curve.withBpm(change.bpm, ms) : curve.withRamp(change.bpm, change.ticks, ms);
      before.push(curve);
      times.push(ms);
    }
    return { curves: before, times, ms };
  });

function assertNear(actual: number, expected: number, within: number): void {
  assert.ok(Math.abs(actual - expected) <= within, `${actual}, not ${expected}`);
}

describe('tempo', () => {
  it('makes 960 ticks of half a second at 120 BPM', () => {
    const curve = TempoCurve.constant(120, 1000, 100);
    assert.equal(curve.msAt(1060), 1500);
    assert.equal(curve.tickAt(1500), 1060);
    assert.equal(curve.msAt(100 - 960), 500);
    assert.equal(ticksIn(500, 120), 960);
  });

  it('tells ticks and times that are each other’s inverse, and rise', () => {
    fc.assert(
      fc.property(changed, fc.array(between(-500, 20_000), { minLength: 2 }), ({ curves, ms }, offsets) => {
        const curve = curves.at(-1)!;
        const times = offsets.map((offset) => ms + offset).sort((a, b) => a - b);
        const ticks = times.map((time) => curve.tickAt(time));
        ticks.forEach((tick, index) => {
          assertNear(curve.msAt(tick), times[index], 1e-6);
          if (index > 0) assert.ok(tick >= ticks[index - 1] - 1e-9, 'it rises');
        });
      })
    );
  });

  it('changes without a jump, and leaves alone what was before', () => {
    fc.assert(
      fc.property(changed, between(0, 900), ({ curves, times }, backMs) => {
        times.forEach((ms, index) => {
          const [before, after] = [curves[index], curves[index + 1]];
          assertNear(after.tickAt(ms), before.tickAt(ms), 1e-9);
          for (const curve of curves.slice(index + 1)) {
            const known = times[curves.indexOf(curve) - 1] - 1000;
            const earlier = ms - backMs;
            if (earlier < known) continue;
            assertNear(curve.tickAt(earlier), before.tickAt(earlier), 1e-6);
            assertNear(curve.msAt(before.tickAt(earlier)), earlier, 1e-6);
            if (earlier < ms) assertNear(curve.bpmAt(earlier), before.bpmAt(earlier), 1e-6);
          }
        });
      })
    );
  });

  it('does not remember more than it needs', () => {
    let curve = TempoCurve.constant(120, 0);
    for (let ms = 1; ms < 20_000; ms += 10) curve = curve.withBpm(100 + (ms % 49), ms);
    let depth = 0;
    type Link = { earlier?: Link };
    for (let link = curve as unknown as Link; link.earlier !== undefined; link = link.earlier) depth++;
    assert.ok(depth > 90 && depth < 110, `${depth}`);
  });

  it('runs evenly per beat to exactly where a ramp ends, and holds', () => {
    fc.assert(
      fc.property(bpm, bpm, between(1, 50_000), (from, to, ticks) => {
        const curve = TempoCurve.constant(from, 0, 0).withRamp(to, ticks, 0);
        const endMs = curve.msAt(ticks);
        assertNear(curve.bpmAt(curve.msAt(ticks / 2)), (from + to) / 2, 1e-6);
        assert.equal(curve.bpmAt(endMs + 1e-6), to);
        assertNear(curve.bpmAt(endMs - 1e-9), to, 1e-3);
        assertNear(curve.msAt(ticks + 960) - endMs, 60_000 / to, 1e-6);
      })
    );
  });

  it('takes as long as the integral of its tempo says', () => {
    const curve = TempoCurve.constant(60, 0, 0).withRamp(180, 9600, 0);
    const steps = 100_000;
    let ms = 0;
    for (let step = 0; step < steps; step++)
      ms += 60_000 / (60 + (120 * (step + 0.5)) / steps) / (steps / 10);
    assertNear(curve.msAt(9600), ms, 1e-4);
  });

  it('reckons how long a ramp is from how long it lasts', () => {
    fc.assert(
      fc.property(bpm, bpm, between(1, 60_000), (from, to, ms) => {
        const curve = TempoCurve.constant(from, 0, 0).withRamp(to, rampTicks(from, to, ms), 0);
        assertNear(curve.msAt(rampTicks(from, to, ms)), ms, 1e-5);
      })
    );
  });

  it('ramps hardly or not at all where there is nothing to ramp', () => {
    const curve = TempoCurve.constant(120, 0, 0);
    assert.equal(curve.withRamp(120, 960, 100).bpmAt(200), 120);
    assert.equal(curve.withRamp(60, 0, 100).bpmAt(100), 60);
    assertNear(curve.withRamp(120 + 1e-9, 960_000, 0).msAt(960_000), 500_000, 1e-3);
  });

  it('keeps its timing under other names for its ticks', () => {
    fc.assert(
      fc.property(changed, between(-1e6, 1e6), between(-800, 5000), ({ curves, ms }, ticks, offset) => {
        const curve = curves.at(-1)!;
        const time = ms + offset;
        assertNear(curve.relabelled(ticks).tickAt(time), curve.tickAt(time) + ticks, 1e-6);
        assertNear(curve.relabelled(ticks).bpmAt(time), curve.bpmAt(time), 1e-6);
      })
    );
  });

  it('is the same after a way through shared memory', () => {
    const curve = TempoCurve.constant(100, 5, 7).withRamp(150, 960, 200);
    const { anchorMs, anchorTick, anchorBpm, slope, rampEndTick, finalBpm } = curve;
    const copy = TempoCurve.fromParts([anchorMs, anchorTick, anchorBpm, slope, rampEndTick, finalBpm]);
    for (const ms of [200, 300, 5000]) assert.equal(copy.tickAt(ms), curve.tickAt(ms));
  });
});
