// Stands between the engine's core and the system, in the worker: writes all that is sent to a file, as a reader at the
// other end of the cable would that nothing can stop, and throws or hangs where a test says so.
//   data.cable    file that gets a line for each message that was sent: "timeMs byte byte byte", bytes in decimal
//   data.cells    Int32Array over shared memory: [point, countdown, dead, fired]; see POINTS
//   data.engine   folder of the compiled engine
//   data.rtmidi   the loopback driver stands for hardware that RtMidi drives
const { openSync, writeSync } = require('node:fs');
const { join } = require('node:path');

/** Where something can happen; 0 is nowhere. A countdown of 1 is the next time. */
const POINTS = [
  'none',
  'wait', // between two turns of the loop
  'beforeSend', // a message is about to be handed over
  'afterSend', // it was, and nobody has taken note of it
  'claimed', // a record for the main thread was begun
  'filled', // it is written and not handed over
  'taken', // a record of the main thread was obeyed and not freed
  'pressed', // a note is about to be entered in the ledger
  'released', // a note is about to leave the ledger
  'hangWait',
  'hangSend'
];
const [POINT, COUNTDOWN, DEAD, FIRED] = [0, 1, 2, 3];

function tamper({ waiter, drivers }, { cable, cells, engine, rtmidi }) {
  const file = cable && openSync(cable, 'a');
  let isDead = false;

  function pass(point) {
    if (!cells || Atomics.load(cells, POINT) !== POINTS.indexOf(point)) return;
    if (Atomics.sub(cells, COUNTDOWN, 1) > 1) return;
    Atomics.add(cells, FIRED, 1);
    if (point.startsWith('hang')) {
      while (Atomics.load(cells, POINT) === POINTS.indexOf(point));
      return;
    }
    Atomics.store(cells, POINT, 0);
    isDead = Atomics.load(cells, DEAD) === 1;
    throw new Error(`a fault (${point})`);
  }

  /** A call that something may happen before, in the worker's own copy of a class. */
  function before(type, name, point) {
    const original = type.prototype[name];
    type.prototype[name] = function (...values) {
      pass(point);
      return original.apply(this, values);
    };
  }

  function onCable(driver) {
    if (driver === undefined) return undefined;
    const send = driver.send.bind(driver);
    driver.send = (handle, bytes, length) => {
      if (isDead) throw new Error('a second fault');
      pass('beforeSend');
      pass('hangSend');
      const result = send(handle, bytes, length);
      if (file && result === 0)
        writeSync(file, `${waiter.now()} ${[...bytes.subarray(0, length)].join(' ')}\n`);
      pass('afterSend');
      return result;
    };
    return driver;
  }

  if (engine) {
    const { RecordRing } = require(join(engine, 'shared', 'ring'));
    const { Ledger } = require(join(engine, 'core', 'ledger'));
    const { claim } = RecordRing.prototype;
    RecordRing.prototype.claim = function (...values) {
      const record = claim.apply(this, values);
      pass('claimed');
      return record;
    };
    before(RecordRing, 'publish', 'filled');
    before(RecordRing, 'release', 'taken');
    before(Ledger, 'press', 'pressed');
    before(Ledger, 'release', 'released');
  }
  const tampered = {
    name: waiter.name,
    now: () => waiter.now(),
    wait: (deadlineMs, sendMs) => {
      pass('wait');
      pass('hangWait');
      waiter.wait(deadlineMs, sendMs);
    }
  };
  const loopback = onCable(drivers.loopback);
  const hardware = rtmidi ? imitation(loopback) : onCable(drivers.hardware);
  return { waiter: tampered, drivers: { hardware, loopback } };
}

/** Hardware that is none: its one port takes everything. */
function imitation(loopback) {
  return {
    name: 'rtmidi',
    can: { ...loopback.can, announcesPorts: false },
    list: () => [{ name: 'Imitation', direction: 'out', kind: 'hardware' }],
    open: () => 0,
    openVirtual: () => 0,
    close: () => undefined,
    send: () => 0,
    poll: () => undefined,
    dispose: () => undefined
  };
}

module.exports = { POINTS, tamper };
