// A client of the sequencer to which others send: keeps the pitch of each note and when the kernel was given it, and tells
// all of it when it is asked for. Whoever starts it talks to it by the messages of a forked process.
import { setInterval } from 'node:timers';
import { dist } from '../tools.mjs';

const { AlsaDriver } = dist('engine/ports/alsa.js');
const { loadNative } = dist('engine/thread/native.js');

/** Often enough that the kernel's queue for this client never fills. */
const LOOK_MS = 5;

const driver = new AlsaDriver(loadNative().addon, 'Receiver');
driver.openVirtual('in', 'in');
let heard = [];
const sink = {
  receive(_handle, timeMs, bytes) {
    if (bytes[0] >> 4 === 9 && bytes[2] > 0) heard.push([timeMs, bytes[1]]);
  },
  inputLost() {},
  gone() {},
  portsChanged() {}
};
setInterval(() => driver.poll(sink), LOOK_MS);
process.on('message', () => {
  driver.poll(sink);
  process.send(heard);
  heard = [];
});
process.send({ hrtimer: driver.hrtimer });
