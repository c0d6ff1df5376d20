import assert from 'node:assert/strict';
import { LOOPBACK_NAME, LoopbackDriver } from '../../../nodes/engine/ports/loopback';
import { SendResult } from '../../../nodes/engine/ports/driver';
import { DEAF, describeDriverContract, send } from '../../support/driver-contract';

describeDriverContract('loopback', () => ({
  driver: new LoopbackDriver(),
  out: LOOPBACK_NAME,
  loop: LOOPBACK_NAME,
  inProcess: true
}));

/** What arrives at a poll: handle and bytes. */
function poll(driver: LoopbackDriver) {
  const received: [number, number[]][] = [];
  let changes = 0;
  driver.poll({
    ...DEAF,
    receive: (handle, _timeMs, bytes, length) => received.push([handle, [...bytes.subarray(0, length)]]),
    portsChanged: () => changes++
  });
  return { received, changes };
}

describe('loopback ports', () => {
  it('keep names apart', () => {
    const driver = new LoopbackDriver();
    const [a, b] = [driver.open('A', 'out'), driver.open('B', 'out')];
    const [inA, inB] = [driver.open('A', 'in'), driver.open('B', 'in')];
    send(driver, b, [0xf8]);
    send(driver, a, [0xfa]);
    assert.deepEqual(poll(driver).received, [
      [inB, [0xf8]],
      [inA, [0xfa]]
    ]);
    assert.equal(send(driver, inA, [0xf8]), SendResult.gone, 'an input takes nothing');
  });

  it('tell once that the set of ports is another one', () => {
    const driver = new LoopbackDriver();
    const handle = driver.open('A', 'out');
    assert.equal(poll(driver).changes, 1);
    assert.equal(poll(driver).changes, 0);
    driver.close(handle);
    driver.close(handle);
    assert.equal(poll(driver).changes, 1);
  });

  it('do not give what was sent to a port that is closed to the next with its handle', () => {
    const driver = new LoopbackDriver();
    const a = driver.open('A', 'out');
    const old = driver.open('A', 'in');
    send(driver, a, [0xf8]);
    driver.close(old);
    assert.equal(driver.open('B', 'in'), old);
    assert.deepEqual(poll(driver).received, []);
  });

  it('say that they are full, and go on when they were read', () => {
    const driver = new LoopbackDriver();
    const out = driver.open('A', 'out');
    driver.open('A', 'in');
    const sysex = [0xf0, ...new Array<number>(4000).fill(1), 0xf7];
    let taken = 0;
    while (send(driver, out, sysex) === SendResult.ok) taken++;
    assert.ok(taken > 50);
    assert.equal(poll(driver).received.length, taken);
    assert.equal(send(driver, out, sysex), SendResult.ok);
  });
});
