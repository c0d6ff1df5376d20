import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** A drum machine in a process of its own: 120 BPM through the addon, at absolute times, Start after two seconds. */
const DRUM_MACHINE = `
  const { loadNative } = require(${JSON.stringify(join(__dirname, '../../nodes/engine/thread/native.js'))});
  const { AlsaDriver } = require(${JSON.stringify(join(__dirname, '../../nodes/engine/ports/alsa.js'))});
  const driver = new AlsaDriver(loadNative().addon, 'Drums');
  const port = driver.openVirtual('clock', 'out');
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const periodMs = 2500 / 120;
  const fromMs = performance.now();
  for (let pulse = 0; pulse < 24 * 30; pulse++) {
    const dueMs = fromMs + pulse * periodMs;
    if (pulse === 24 * 6) driver.send(port, Uint8Array.of(0xfa), 1);
    while (dueMs - performance.now() > 0) Atomics.wait(nap, 0, 0, Math.max(0.01, dueMs - performance.now()));
    driver.send(port, Uint8Array.of(0xf8), 1);
  }
  driver.send(port, Uint8Array.of(0xfc), 1);
`;

/** The port that it plays from, and its tempo. */
export const DRUMS = 'Drums:clock';
export const DRUMS_BPM = 120;

/** Switches it on; whoever does ends it. */
export function startDrums(): ChildProcess {
  return spawn(process.execPath, ['-e', DRUM_MACHINE], { stdio: 'inherit' });
}
