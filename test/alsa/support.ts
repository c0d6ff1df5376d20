import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { AlsaDriver } from '../../nodes/engine/ports/alsa';
import type { MidiDriver } from '../../nodes/engine/ports/driver';
import { loadNative, type NativeAddon } from '../../nodes/engine/thread/native';

export const THROUGH = 'Midi Through:Midi Through Port-0';
/** The USB device of the guest as a host sees it, and its other end: the inside of the device. */
export const GADGET = 'MIDI Gadget:MIDI Gadget MIDI 1';
export const GADGET_INSIDE = 'f_midi:f_midi';

/** Skips a suite where there is no sequencer; where the addon is missing beside one, that is a failure. */
export function needSequencer(context: Mocha.Context): NativeAddon {
  if (!existsSync('/dev/snd/seq')) context.skip();
  const load = loadNative();
  assert.ok(load.addon, 'reason' in load ? load.reason : '');
  return load.addon;
}

/** A driver on the real sequencer, for tests outside of hooks. */
export function createAlsa(clientName?: string): AlsaDriver {
  const load = loadNative();
  assert.ok(load.addon, 'reason' in load ? load.reason : '');
  return new AlsaDriver(load.addon, clientName);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `condition` holds; the emulated machine is slow, so the limit is generous. Returns how long it took. */
export async function until(what: string, condition: () => boolean, limitMs = 10_000): Promise<number> {
  const startMs = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - startMs < limitMs, `${what}: not within ${limitMs} ms`);
    await sleep(5);
  }
  return performance.now() - startMs;
}

/** Output of a command that has to succeed. */
export function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Plugs or unplugs the USB device of the guest, without waiting for what follows. */
export function usbMidi(what: 'plug' | 'unplug'): void {
  run('usb-midi', what);
}

export function hasUsbMidi(): boolean {
  return process.env['PHASOR_GUEST'] !== undefined;
}

export function names(driver: MidiDriver, direction: 'in' | 'out'): string[] {
  return driver
    .list()
    .filter((port) => port.direction === direction)
    .map((port) => port.name);
}

/** Another program that listens: `aseqdump`, and what it says it heard as MIDI bytes. */
export class Listener {
  private readonly process: ChildProcess;
  private text = '';

  /** @param source `client:port` to connect to; without it others connect to the listener */
  constructor(source?: string) {
    const command = ['-oL', 'aseqdump', ...(source ? ['-p', source] : [])]; // a line at a time, not a page
    this.process = spawn('stdbuf', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.process.unref();
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  async ready(): Promise<this> {
    await until('aseqdump listens', () => this.text.includes('Source'));
    return this;
  }

  get messages(): number[][] {
    return this.text.split('\n').flatMap((line) => parse(line) ?? []);
  }

  /** Stops reading without going away, as a program does that hangs. */
  stall(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGCONT');
    this.process.kill('SIGKILL');
    await ended;
  }
}

const PLAIN: Record<string, number> = {
  'Tune request': 0xf6,
  Clock: 0xf8,
  Start: 0xfa,
  Continue: 0xfb,
  Stop: 0xfc,
  'Active Sensing': 0xfe,
  Reset: 0xff
};
const CHANNEL: Record<string, number> = {
  'Note off': 0x80,
  'Note on': 0x90,
  'Polyphonic aftertouch': 0xa0,
  'Control change': 0xb0,
  'Program change': 0xc0,
  'Channel aftertouch': 0xd0,
  'Pitch bend': 0xe0
};

/** The bytes of one line of aseqdump, such as ` 14:0   Note on   0, note 60, velocity 100`. */
function parse(line: string): number[][] | undefined {
  const event = /^\s*\d+:\d+\s+(\D+?)(?:\s{2,}|$)(.*)$/.exec(line.replace(/(exclusive)\s+/, '$1  '));
  if (!event) return undefined;
  const [, name, rest] = event;
  const numbers = (rest.match(/-?\d+/g) ?? []).map(Number);
  if (name === 'System exclusive')
    return [
      rest
        .trim()
        .split(/\s+/)
        .map((hex) => parseInt(hex, 16))
    ];
  if (name === 'Song position pointer') return [[0xf2, numbers[0] & 127, numbers[0] >> 7]];
  if (name === 'Song select') return [[0xf3, numbers[0]]];
  if (name === 'MTC quarter frame') return [[0xf1, parseInt(rest, 16)]];
  if (name in PLAIN) return [[PLAIN[name]]];
  if (!(name in CHANNEL)) return undefined;
  const [channel, first, second] = numbers;
  if (name === 'Note off' && second === undefined) return [[0x90 | channel, first, 0]]; // its way to say so
  if (name === 'Pitch bend') return [[0xe0 | channel, (first + 8192) & 127, (first + 8192) >> 7]];
  return [[CHANNEL[name] | channel, first, ...(second === undefined ? [] : [second])]];
}

/** A standard MIDI file of one track: `messages` of three bytes, each `gapTicks` after the one before, 96 to a beat. */
export function midiFile(messages: readonly (readonly number[])[], gapTicks: number): Buffer {
  const events = messages.flatMap((message) => [gapTicks & 127, ...message]);
  const track = [0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, ...events, 0, 0xff, 0x2f, 0];
  const header = Buffer.from([0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96, 0x4d, 0x54, 0x72, 0x6b]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(track.length);
  return Buffer.concat([header, length, Buffer.from(track)]);
}
