// On a machine with an ALSA sequencer: each way plays the same notes to one receiver, idle and with its main thread, or for
// a program without one the whole of it, kept from running 80 ms of every 100. Prints what the receiver made of each.
import { Buffer } from 'node:buffer';
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { part, percentiles, root, sleep } from '../tools.mjs';

const { seconds, stepMs, lookaheadMs, warmUp } = JSON.parse(process.argv[2]);
const count = (seconds * 1000) / stepMs + warmUp;
const WAYS = ['phasor', 'aplaymidi', 'interval', 'timeout'];

const receiver = fork(join(root, 'bench', 'parts', 'receiver.mjs'));
const [{ hrtimer }] = await once(receiver, 'message');
const runs = [];
for (const way of WAYS) {
  for (const blocked of [false, true]) {
    const granted = way === 'aplaymidi' ? await aplaymidi(blocked) : await send(way, blocked);
    await sleep(300);
    runs.push({ way, blocked, ...granted, ...judge(await heard()) });
  }
}
console.log(JSON.stringify({ hrtimer, runs }));
receiver.kill();
process.exit(0);

async function heard() {
  receiver.send('tell');
  return (await once(receiver, 'message'))[0];
}

function send(way, blocked) {
  return part(
    'sequencer-sender',
    { way, blocked, count, stepMs, lookaheadMs },
    { seconds: 60 + 2 * seconds }
  );
}

/** The kernel's queue: a program that is stopped has given it what comes next already. */
async function aplaymidi(blocked) {
  const file = join(tmpdir(), `phasor-bench-${process.pid}.mid`);
  writeFileSync(file, midiFile());
  const listed = spawnSync('aplaymidi', ['-l'], { encoding: 'utf8' }).stdout;
  const port = /^\s*(\d+:\d+)\s+Receiver/m.exec(listed)[1];
  const child = spawn('aplaymidi', ['-p', port, file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  let running = true;
  ended.then(() => (running = false));
  while (running) {
    if (blocked) child.kill('SIGSTOP');
    await Promise.race([sleep(80), ended]);
    if (blocked) child.kill('SIGCONT');
    await Promise.race([sleep(20), ended]);
  }
  return { granted: 'none', priority: 0 };
}

/** A tick is a millisecond: 500 of them to a beat at 120 a minute. */
function midiFile() {
  const bytes = [0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20];
  const half = stepMs / 2;
  for (let index = 0; index < count; index++) {
    const note = index % 128;
    bytes.push(index === 0 ? 0 : half, 0x90, note, 100, half, 0x80, note, 0);
  }
  bytes.push(0, 0xff, 0x2f, 0);
  const head = Buffer.from('4d546864000000060000000101f44d54726b', 'hex');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([head, length, Buffer.from(bytes)]);
}

/** The error of each interval, from the kernel's stamps; which note it was tells its pitch. */
function judge(notes) {
  let index = -1;
  const judged = notes
    .map(([timeMs, pitch]) => {
      const next = index + 1;
      index = next + ((pitch - (next % 128) + 128) % 128);
      return { timeMs, index };
    })
    .filter((note) => note.index >= warmUp);
  const errors = judged
    .slice(1)
    .map(({ timeMs, index }, at) =>
      Math.abs(timeMs - judged[at].timeMs - (index - judged[at].index) * stepMs)
    );
  return { heard: judged.length, expected: count - warmUp, interval: percentiles(errors) };
}
