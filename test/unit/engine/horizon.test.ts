import assert from 'node:assert/strict';
import type { Horizon } from '../../../nodes/engine';
import { clockRig } from '../../support/clock-rig';
import { fakeEngine } from '../../support/fake-engine';

function rig() {
  const fake = fakeEngine();
  const told: Horizon[] = [];
  const watch = fake.engine.onHorizon((horizon) => told.push(horizon));
  const times = () => told.flatMap((each) => (each.type === 'time' ? [each.nowMs] : []));
  return { fake, told, watch, times };
}

describe('the horizon', () => {
  it('tells the times that were asked for, without a clock, each once', () => {
    const { fake, watch, times } = rig();
    watch.askAt(12);
    watch.askAt(7.5);
    fake.advance(5);
    assert.deepEqual(times(), []);
    fake.advance(20);
    assert.deepEqual(times(), [7.5]);
    watch.askAt(1);
    fake.advance(1);
    assert.deepEqual(times(), [7.5, 25]);
  });

  it('wakes each watch for its own time, with one alarm for all', () => {
    const { fake, watch, times } = rig();
    const others = [3, 9, 6].map((timeMs) => {
      const heard: number[] = [];
      const other = fake.engine.onHorizon((each) => each.type === 'time' && heard.push(each.nowMs));
      other.askAt(timeMs);
      return { heard, other };
    });
    watch.askAt(4);
    others[1].other.stop();
    fake.advance(30);
    assert.deepEqual([times(), ...others.map(({ heard }) => heard)], [[4], [3], [], [6]]);
  });

  it('tells nothing while the main thread is blocked, and all of it then', () => {
    const { fake, watch, times } = rig();
    watch.askAt(10);
    fake.link.listening = false;
    fake.advance(40);
    assert.deepEqual(times(), []);
    fake.link.listening = true;
    fake.advance(0);
    assert.deepEqual(times(), [40]);
  });

  it('tells what a clock announces, in step with its spans, and when tempo or run changed', () => {
    const { fake, told } = rig();
    const { transport, spans } = clockRig(fake);
    transport.start();
    fake.advance(500);
    const announced = told.flatMap((each) => (each.type === 'announced' ? [each] : []));
    assert.deepEqual(
      announced.map(({ epoch, fromTick, toTick, primed }) => [epoch, fromTick, toTick, primed]),
      spans.map(({ epoch, from, to, primed }) => [epoch, from, to, primed])
    );
    const { revision, epoch } = announced.at(-1)!;
    assert.ok(announced.filter((each) => each.revision === revision).length > 10);
    transport.setBpm(150);
    fake.advance(50);
    const later = told.flatMap((each) => (each.type === 'announced' ? [each] : []));
    assert.notEqual(later.at(-1)!.revision, revision);
    const at = { clock: 'clock', epoch, tick: 1000, source: 'me', ordinal: 3 };
    const timeMs = fake.engine.timeOf(at)!;
    const moved = fake.engine.stampAt(at, timeMs + 10) as typeof at;
    assert.ok(Math.abs(moved.tick - 1000 - (10 / 1000) * (150 / 60) * 960) < 1e-6);
    assert.deepEqual({ ...moved, tick: 1000 }, at);
    transport.stop();
    fake.advance(1);
    assert.equal(fake.engine.stampAt(at, timeMs), undefined);
    assert.equal(transport.state().stoppedMs, 550);
  });

  it('tells what is cancelled, and goes on after a crash of the worker', () => {
    const { fake, told, watch, times } = rig();
    clockRig(fake);
    fake.engine.cancel({ source: 'a', clock: 'clock', epoch: 2, fromTick: 40 });
    fake.engine.release('b');
    watch.askAt(20);
    fake.advance(5);
    fake.link.crash(new Error('test'), true);
    fake.advance(30);
    const others = told.filter(({ type }) => type === 'cancelled' || type === 'restarted');
    assert.deepEqual(others, [
      { type: 'cancelled', source: 'a', clock: 'clock', epoch: 2, fromTick: 40 },
      { type: 'cancelled', source: 'b', clock: undefined, epoch: undefined, fromTick: -Infinity },
      { type: 'restarted', lostMs: 5 }
    ]);
    assert.deepEqual(times(), [20]);
  });

  it('keeps no watch that was stopped', () => {
    const { fake, told, watch } = rig();
    watch.askAt(3);
    watch.stop();
    watch.askAt(4);
    clockRig(fake);
    fake.advance(2000);
    assert.deepEqual(told, []);
  });
});
