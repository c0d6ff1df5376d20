// A part of `npm test` as it runs: its commands, what they print, and what they counted.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number, faults: string[] }} Counts */
/** @typedef {{ ok: boolean, counts?: Counts }} Result what a command came to; counts only where it counts tests */

export class Part {
  #printed = [];

  /**
   * @param {string} name
   * @param {string} folder where the counts of its tests are kept meanwhile
   * @param {boolean} isBeside it shares the terminal, so what it prints is kept until {@link tell}
   */
  constructor(name, folder, isBeside) {
    this.name = name;
    this.countsFile = join(folder, `${name}.json`);
    this.isBeside = isBeside;
    /** What its commands have in their environment. */
    this.env = { ...process.env, PHASOR_TEST_COUNTS: this.countsFile };
  }

  /**
   * Runs a command to its end. What counts tests leaves the counts in the file of PHASOR_TEST_COUNTS.
   * @returns {Promise<Result>}
   */
  async run(command, args) {
    rmSync(this.countsFile, { force: true });
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', this.isBeside ? 'pipe' : 'inherit', this.isBeside ? 'pipe' : 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
      env: this.env
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => this.#printed.push(chunk));
    }
    const status = await new Promise((resolve) => {
      child.on('error', (error) => {
        this.say(error.message);
        resolve(1);
      });
      child.on('close', resolve);
    });
    const counts = existsSync(this.countsFile)
      ? JSON.parse(readFileSync(this.countsFile, 'utf8'))
      : undefined;
    return { ok: status === 0, counts };
  }

  say(line) {
    if (this.isBeside) this.#printed.push(Buffer.from(`${line}\n`));
    else console.log(line);
  }

  /** Prints what was kept. */
  tell() {
    process.stdout.write(Buffer.concat(this.#printed));
  }
}
