import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clockControls } from '../../nodes/clock/controls';
import { readClock } from '../../nodes/clock/clock-config';
import { TapTempo } from '../../nodes/clock/tap';
import { DEFAULT_SETTINGS, Engine, type EngineReport, type EngineSettings } from '../../nodes/engine';
import type {
  OutputHandle,
  OutputReport,
  OutputStatus,
  PortSpec,
  Span,
  TransportHandle
} from '../../nodes/engine';
import { AlsaDriver } from '../../nodes/engine/ports/alsa';
import type { MidiDriver } from '../../nodes/engine/ports/driver';
import { loadNative, type NativeAddon } from '../../nodes/engine/thread/native';
import { meter } from '../../nodes/music/meter';
import { patternFromNotation } from '../../nodes/music/notation';
import { obey } from '../../nodes/palette/control';
import { startReport } from '../../nodes/palette/engine';
import { notationOptions, readQuantum, type PatternFields } from '../../nodes/pattern/pattern-config';
import type { FlowNode } from '../support/node-red';
import { playerOf, type NotePlayer } from '../support/pattern-player';

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

/** A message that a listener heard. */
export interface Event {
  /** `client:port` that it came from. */
  source: string;
  bytes: number[];
  /** When its line was read: `performance.now()` of the test, not of the sender. */
  timeMs: number;
}

/** Another program that listens: `aseqdump`, and what it says it heard as MIDI bytes. */
export class Listener {
  readonly events: Event[] = [];
  /** Lines that tell of no message, such as what the system announces. */
  readonly others: { text: string; timeMs: number }[] = [];
  private readonly process: ChildProcess;
  private text = '';
  private line = '';

  /** @param source `client:port` to connect to; without it others connect to the listener */
  constructor(source?: string) {
    const command = ['-oL', 'aseqdump', ...(source ? ['-p', source] : [])]; // a line at a time, not a page
    this.process = spawn('stdbuf', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.process.unref();
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => this.read(text));
  }

  async ready(): Promise<this> {
    await until('aseqdump listens', () => this.text.includes('Source'));
    return this;
  }

  get messages(): number[][] {
    return this.events.map(({ bytes }) => bytes);
  }

  /** Where others send to, as `client:port`; for a listener without a source. */
  get address(): string {
    return / port (\d+:\d+)/.exec(this.text)?.[1] ?? assert.fail(`no address in: ${this.text}`);
  }

  private read(text: string): void {
    if (this.events.length === 0) this.text += text;
    const lines = (this.line + text).split('\n');
    this.line = lines.pop() ?? '';
    for (const line of lines) {
      const source = /^\s*(\d+:\d+)/.exec(line)?.[1] ?? '';
      const messages = parse(line);
      const timeMs = performance.now();
      if (messages === undefined) this.others.push({ text: line.trim(), timeMs });
      for (const bytes of messages ?? []) this.events.push({ source, bytes, timeMs });
    }
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

/**
 * A standard MIDI file of one track: `messages` of three bytes, each `gapTicks` after the one before, 96 to a beat at
 * 120 beats per minute. Several gaps take turns.
 */
export function midiFile(
  messages: readonly (readonly number[])[],
  gapTicks: number | readonly number[]
): Buffer {
  const gaps = [gapTicks].flat();
  const events = messages.flatMap((message, index) => [gaps[index % gaps.length] & 127, ...message]);
  const track = [0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, ...events, 0, 0xff, 0x2f, 0];
  const header = Buffer.from([0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96, 0x4d, 0x54, 0x72, 0x6b]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(track.length);
  return Buffer.concat([header, length, Buffer.from(track)]);
}

// ---- the first example, played by an engine without Node-RED ------------------------------------------------------

/** Tests run compiled, below build/. */
const EXAMPLE = join(__dirname, '..', '..', '..', 'examples', '01 - First beat.json');
/** What it plays: the last note of the bar is another one each time. */
export const EXAMPLE_PITCHES = [60, 64, 67, 71, 60, 64, 67, 69];
export const [CLOCK, START, CONTINUE, STOP, SONG_POSITION] = [0xf8, 0xfa, 0xfb, 0xfc, 0xf2];

export function readExample(): FlowNode[] {
  return JSON.parse(readFileSync(EXAMPLE, 'utf8')) as FlowNode[];
}

/** An output with all that was told of it. */
export class Out {
  readonly handle: OutputHandle;
  readonly statuses: { status: OutputStatus; timeMs: number }[] = [];

  constructor(
    private readonly engine: Engine,
    readonly id: string,
    spec: PortSpec,
    more: { activeSensing?: boolean; restores?: boolean } = {}
  ) {
    const output = { offsetMs: 0, usPerByte: 100, controlShare: 0.5, ...more };
    const outputChanged = (status: OutputStatus) => {
      this.statuses.push({ status, timeMs: performance.now() });
    };
    this.handle = engine.openOutput(id, { name: id, spec, channel: 1, output }, { outputChanged });
  }

  report(): OutputReport {
    return this.engine.outputReports().find(({ id }) => id === this.id) ?? assert.fail(this.id);
  }

  /** Waits for a state and returns when it came. */
  async becomes(state: OutputStatus['state'], port?: string): Promise<number> {
    const { handle, statuses } = this;
    const is = () =>
      handle.status.state === state &&
      (port === undefined || (handle.status.state === 'open' && handle.status.port === port));
    await until(`${this.id} is ${state} ${port ?? ''}`, is).catch((error: Error) =>
      assert.fail(`${error.message}; it went ${JSON.stringify(statuses.map(({ status }) => status))}`)
    );
    return statuses.at(-1)?.timeMs ?? 0;
  }
}

/** The clock and the pattern of the first example, wired to outs as they are there. */
export class Example {
  readonly transport: TransportHandle;
  private readonly outs: Out[] = [];
  private readonly tap = new TapTempo();
  private isPrimed = false;

  constructor(readonly engine: Engine) {
    const node = (type: string): object =>
      readExample().find((candidate) => candidate.type === type) ?? assert.fail();
    const fields: PatternFields = node('phasor-pattern');
    const pattern = patternFromNotation(fields.notation ?? '', notationOptions(fields));
    const player = playerOf(pattern, readQuantum(fields.quantum));
    const config = readClock(node('phasor-clock'), engine.settings.lookaheadMs);
    const listener = { span: (span: Span) => this.span(player, span), beat: () => {}, changed: () => {} };
    this.transport = engine.openTransport('clock', 'clock', config, listener).transport;
  }

  /** Wires another out. */
  to(id: string, spec: PortSpec, more: { activeSensing?: boolean; restores?: boolean } = {}): Out {
    const out = new Out(this.engine, id, spec, more);
    this.outs.push(out);
    return out;
  }

  /** A control message to the clock. */
  tell(payload: unknown): void {
    const { transport, tap, engine } = this;
    const controls = clockControls(
      transport,
      tap,
      () => engine.now(),
      () => meter(4, 4)
    );
    obey(controls, { payload });
  }

  /** Starts with all that sounds first queued, also on outs that opened after it was announced. */
  async start(): Promise<void> {
    await until('the start is prepared', () => this.isPrimed);
    this.engine.prime('clock');
    this.tell('start');
  }

  private span(player: NotePlayer, span: Span): void {
    this.isPrimed ||= span.primed;
    const answers = player.answer(span);
    for (const { handle } of this.outs) {
      if (handle.status.state === 'missing') continue;
      handle.lease(this.transport);
      const origin = { source: 'pattern', enteredMs: this.engine.now() };
      for (const { payload, at } of answers) handle.send(payload, at, origin);
    }
  }
}

/** Tests block this thread with commands, and the machine is slow: the lookahead covers both. */
export function startEngine(settings: Partial<EngineSettings> = {}): Engine {
  return new Engine({ ...DEFAULT_SETTINGS, lookaheadMs: 1000, ...settings });
}

/** Starts when MIDI clock arrives, which a port gets before the start: whoever counts pulses then counts from one. */
export async function startInTime(example: Example, listener: Listener): Promise<void> {
  await until('MIDI clock arrives', () => count(listener.messages, CLOCK) > 2);
  await example.start();
}

type Messages = readonly (readonly number[])[];

export const isOn = ([status, , velocity]: readonly number[]): boolean => status >> 4 === 9 && velocity > 0;
export const isOff = ([status, , velocity]: readonly number[]): boolean =>
  status >> 4 === 8 || (status >> 4 === 9 && velocity === 0);
export const pitches = (messages: Messages): number[] => messages.filter(isOn).map(([, pitch]) => pitch);
export const notes = (messages: Messages): (readonly number[])[] =>
  messages.filter(([status]) => status < 0xf0);
export const count = (messages: Messages, status: number): number =>
  messages.filter(([first]) => first === status).length;

/** Every note ends before it begins again, and none is left. */
export function assertEveryOnHasItsOff(messages: Messages): void {
  const sounding = new Set<string>();
  messages.forEach((message, at) => {
    const note = `${message[0] & 15} ${message[1]}`;
    const fail = (what: string) =>
      assert.fail(`${what}, in ${wordsOf(messages.slice(Math.max(0, at - 60), at + 20))}`);
    if (isOn(message)) {
      if (sounding.has(note)) fail(`note ${note} twice`);
      sounding.add(note);
    } else if (isOff(message) && !sounding.delete(note)) fail(`an off of note ${note}, which does not sound`);
  });
  assert.equal(
    sounding.size,
    0,
    `without an off: ${[...sounding].join(', ')}, in ${wordsOf(messages.slice(-100))}`
  );
}

const wordsOf = (messages: Messages): string => messages.map((message) => message.join(' ')).join(', ');

// ---- in a process of its own ---------------------------------------------------------------------------------------

/** What an engine in a process of its own found and did. */
export interface Account {
  report: EngineReport;
  /** What the log of Node-RED would say. */
  lines: string[];
  port: string | undefined;
  /** Pitches that arrived at the loopback port. */
  heard: number[];
}

/** Runs in a child: plays the first example, under a note that nothing ends, until it is killed. */
export async function playOn(port: string): Promise<void> {
  setInterval(() => {}, 1000); // an engine alone lets the process end
  const engine = startEngine();
  await engine.ready();
  const example = new Example(engine);
  const spec = { mode: 'name', port } as const;
  // Not wired yet: a clock that stands sends pulses too, and then nothing is left to be sensed.
  const out = new Out(engine, 'out', spec, { activeSensing: true });
  await out.becomes('open');
  const origin = { source: 'somebody', enteredMs: engine.now() };
  out.handle.send({ type: 'noteOn', channel: 9, note: 1, velocity: 1 }, undefined, origin);
  process.on('SIGUSR2', () => {
    example.to('out', spec, { activeSensing: true });
    void example.start();
  });
}

/** Starts a process that plays on; SIGUSR2 lets its clock begin. */
export function spawnPlayer(port: string): ChildProcess {
  const call = `require(${JSON.stringify(__filename)}).playOn(${JSON.stringify(port)})`;
  return spawn(process.execPath, ['-e', call], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Runs in the child: plays a bar of the first example and prints its account. */
export async function playAndTell(port: PortSpec, settings: Partial<EngineSettings>): Promise<void> {
  const awake = setInterval(() => {}, 1000); // an engine alone lets the process end
  const engine = startEngine(settings);
  const heard: number[][] = [];
  const sent: number[][] = [];
  engine.listen('Loopback', (bytes) => heard.push([...bytes]));
  engine.watchSent((_output, bytes) => sent.push([...bytes]));
  const report = await engine.ready();
  const example = new Example(engine);
  const out = example.to('out', port);
  await out.becomes('open');
  example.tell({ bpm: 300 });
  await example.start();
  const isLoopback = out.report().port === 'Loopback';
  await until('a bar is played', () => pitches(isLoopback ? heard : sent).length >= 4);
  const account: Account = {
    report,
    lines: startReport(report),
    port: out.report().port,
    heard: pitches(heard)
  };
  console.log(JSON.stringify(account));
  await engine.dispose();
  clearInterval(awake);
}

/**
 * Plays the first example in a process of its own.
 * @param under command that runs it, such as `setpriv` with its options
 */
export function playApart(
  under: readonly string[],
  {
    port,
    env,
    settings
  }: { port: PortSpec; env?: Record<string, string>; settings?: Partial<EngineSettings> }
): Account {
  const call = `require(${JSON.stringify(__filename)}).playAndTell(${JSON.stringify(port)}, ${JSON.stringify(settings ?? {})})`;
  const [program, ...values] = [...under, process.execPath, '-e', call];
  const { status, signal, stdout, stderr } = spawnSync(program, values, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000
  });
  assert.equal(status, 0, `${signal ?? status}: ${stderr}${stdout}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Account;
}
