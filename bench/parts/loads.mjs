// What the main thread does beside the music, for as long as it is measured.
import { Buffer } from 'node:buffer';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { blockMain } from './block.mjs';

const PERIOD_MS = 20;
/** So many small objects at a time, of which a tenth lives on for a while: both collections have work. */
const OBJECTS = 20_000;
const KEPT = 200_000;
const DISK_BYTES = 1 << 20;

/** Begins a load by its name, "idle" for none; returns what ends it. */
export function begin(load) {
  return { idle: () => () => undefined, blocked: () => blockMain(80, 100), garbage, disk }[load]();
}

function garbage() {
  const kept = [];
  let place = 0;
  const timer = setInterval(() => {
    for (let made = 0; made < OBJECTS; made++) {
      const object = { made, text: `object ${made}`, list: [made, place] };
      if (made % 10 === 0) kept[place++ % KEPT] = object;
    }
  }, PERIOD_MS);
  return () => clearInterval(timer);
}

/** Written through to the disk each time. */
function disk() {
  const path = join(tmpdir(), `phasor-bench-${process.pid}`);
  const bytes = Buffer.alloc(DISK_BYTES, 7);
  const timer = setInterval(() => {
    const file = openSync(path, 'w');
    writeSync(file, bytes);
    fsyncSync(file);
    closeSync(file);
  }, PERIOD_MS);
  return () => {
    clearInterval(timer);
    rmSync(path, { force: true });
  };
}
