import { PhasorError } from './errors';
import type { Engine } from './engine';
import type { HorizonWatch } from './horizon';
import type { InputHandle, InputListener, InputStatus } from './input-handle';
import type { OutputHandle, OutputListener, OutputStatus } from './output-handle';

/** The two ends of a cable that leads from the port of a device to its input. */
export interface LoopEnds {
  openOutput(listener: OutputListener): OutputHandle;
  closeOutput(listener: OutputListener, removed: boolean): void;
  openInput(listener: InputListener): InputHandle;
  closeInput(listener: InputListener, removed: boolean): void;
}

/** What a loop was measured to do. */
export interface LoopFigures {
  /** Ports that were played to and heard. */
  port: string;
  input: string;
  sent: number;
  /** Messages that did not come back. */
  lost: number;
  /** From handing over to arrival, in ms; by nearest rank. */
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** What the device's `offsetMs` may be set to, so that what is sent arrives on time: −500 to 0, to a tenth. */
  offsetMs: number;
  /** Whether the kernel stamped what arrived; RtMidi's stamps may be late by as much as Node-RED is busy. */
  exact: boolean;
}

/** What a measurement failed for. */
export type LoopFailure = 'port' | 'input' | 'silent' | 'interrupted' | 'stopped' | 'busy' | 'notDeployed';

/** A loop could not be measured. */
export class LoopTestFailed extends PhasorError {
  readonly code = 'LoopTestFailed';
  override readonly recoverable = true;

  constructor(
    readonly failure: LoopFailure,
    message: string
  ) {
    super(message);
  }
}

/** Messages that are sent; each has a value of its own, and there are 127. */
export const LOOP_MESSAGES = 100;
/** Time between two of them: no multiple of a USB frame, so that they meet every phase of it. */
const INTERVAL_MS = 41.3;
/** How long ports may take to open. */
const OPENING_MS = 2000;
/** Later than this after the last one was sent, nothing is waited for. */
const TAIL_MS = 1000;
/** Where nothing has come back by then, nothing will. */
const SILENT_MS = 1500;
/** Longest that a measurement takes. */
export const LOOP_TEST_MS = OPENING_MS + LOOP_MESSAGES * INTERVAL_MS + TAIL_MS;

const EARLIEST_MS = -500;

/**
 * Pressure on a key that nobody holds: note 0 is the lowest there is, and its pressure means nothing while it does not
 * sound. It has the length of a note, is never thinned, and its value tells which message it is.
 */
const POLY_PRESSURE = 0xa0;
const NOTE = 0;

/** A source of its own, so that it is found among what the flow sends. */
const SOURCE = 'loop test';

type MeasuredEngine = Pick<Engine, 'now' | 'onHorizon' | 'watchSent' | 'release' | 'report' | 'once' | 'off'>;

/**
 * Measures how long messages take from a port over a cable to an input: sends a modest number of harmless ones, one at a
 * time, past all that plays, and compares when each was handed over with when it came back. Takes
 * {@link LOOP_TEST_MS} at most, whatever happens.
 */
export class LoopTest {
  /** When message n was handed over, and when it came back; NaN while it was not. */
  private readonly sentMs = new Float64Array(LOOP_MESSAGES).fill(NaN);
  private readonly heardMs = new Float64Array(LOOP_MESSAGES).fill(NaN);
  private given = 0;
  private firstMs = Infinity;
  private lastMs = -Infinity;
  private endMs = Infinity;
  private output: OutputHandle | undefined;
  private input: InputHandle | undefined;
  private horizon: HorizonWatch | undefined;
  private unwatch: (() => void) | undefined;
  private settle: { done(figures: LoopFigures): void; failed(error: Error): void } | undefined;

  constructor(
    private readonly engine: MeasuredEngine,
    private readonly ends: LoopEnds
  ) {}

  /** Measures, once. Rejects with LoopTestFailed, or with what is wrong about the config of the device. */
  run(): Promise<LoopFigures> {
    return new Promise((done, failed) => {
      this.settle = { done, failed };
      try {
        this.begin();
      } catch (error) {
        this.end(error as Error);
      }
    });
  }

  /** Nobody wants to know any more. */
  readonly stop = (): void => this.fail('stopped', 'the measurement was stopped');

  private begin(): void {
    this.endMs = this.engine.now() + OPENING_MS;
    this.engine.once('disposed', this.stop);
    this.horizon = this.engine.onHorizon(({ type }) => {
      if (type === 'time') this.turn();
      if (type === 'restarted') this.fail('interrupted', 'the realtime worker was restarted meanwhile');
    });
    this.unwatch = this.engine.watchSent((_output, bytes, timeMs) => this.note(this.sentMs, bytes, timeMs));
    this.output = this.ends.openOutput(this.heard);
    this.input = this.ends.openInput(this.heard);
    // Not from within the call: whoever asked has the promise first.
    this.askAt(this.engine.now());
  }

  /** Listens at both ends. */
  private readonly heard: OutputListener & InputListener = {
    outputChanged: (status) => this.changed('port', status),
    inputChanged: (status) => this.changed('input', status),
    received: (bytes, timeMs) => this.note(this.heardMs, bytes, timeMs)
  };

  private changed(end: 'port' | 'input', status: OutputStatus | InputStatus): void {
    if (status.state === 'open' || this.given === 0) return this.askAt(this.engine.now());
    const why = status.state === 'missing' ? status.error.message : `the ${end} was closed meanwhile`;
    this.fail('interrupted', why);
  }

  private askAt(timeMs: number): void {
    this.horizon?.askAt(timeMs);
  }

  /** What is to be done now. */
  private turn(): void {
    const { output, input } = this;
    if (this.settle === undefined || output === undefined || input === undefined) return;
    const nowMs = this.engine.now();
    for (const [end, { status }] of [
      ['port', output],
      ['input', input]
    ] as const) {
      if (status.state === 'open') continue;
      if (status.state === 'missing') return this.fail(end, status.error.message);
      if (nowMs >= this.endMs) return this.fail(end, `the ${end} did not open within ${OPENING_MS} ms`);
      return this.askAt(this.endMs);
    }
    const back = this.heardMs.reduce((count, ms) => count + (Number.isNaN(ms) ? 0 : 1), 0);
    if (back === 0 && nowMs >= this.firstMs + SILENT_MS)
      return this.fail('silent', `nothing of ${this.given} messages came back within ${SILENT_MS} ms`);
    if (this.given < LOOP_MESSAGES && nowMs >= this.lastMs + INTERVAL_MS) this.give(output, nowMs);
    if (this.given < LOOP_MESSAGES) return this.askAt(this.lastMs + INTERVAL_MS);
    if (back === LOOP_MESSAGES || nowMs >= this.lastMs + TAIL_MS) return this.finish();
    this.askAt(Math.min(nowMs + INTERVAL_MS, this.lastMs + TAIL_MS));
  }

  private give(output: OutputHandle, nowMs: number): void {
    this.given++;
    this.firstMs = Math.min(this.firstMs, nowMs);
    this.lastMs = nowMs;
    try {
      const event = { type: 'polyPressure', note: NOTE, value: this.given } as const;
      output.send(event, undefined, { source: SOURCE, enteredMs: nowMs });
    } catch (error) {
      this.fail('interrupted', (error as Error).message);
    }
  }

  /** Notes when one of ours passes an end; of a message that comes twice, the first. */
  private note(timesMs: Float64Array, [status, note, value]: Uint8Array, timeMs: number): void {
    const channel = (this.output?.midiChannel ?? 1) - 1;
    if (status !== (POLY_PRESSURE | channel) || note !== NOTE || !(value >= 1 && value <= this.given)) return;
    if (Number.isNaN(timesMs[value - 1])) timesMs[value - 1] = timeMs;
  }

  private finish(): void {
    const measured = this.heardMs
      .map((ms, index) => ms - this.sentMs[index])
      .filter((ms) => ms >= 0)
      .sort();
    const { length } = measured;
    if (length === 0) return this.fail('silent', 'nothing that came back could be measured');
    const rank = (share: number) => round(measured[Math.max(0, Math.ceil(share * length) - 1)], 1000);
    const nameOf = ({ status }: OutputHandle | InputHandle) => (status.state === 'open' ? status.port : '');
    const p50Ms = rank(0.5);
    this.end({
      port: nameOf(this.output as OutputHandle),
      input: nameOf(this.input as InputHandle),
      sent: LOOP_MESSAGES,
      lost: this.heardMs.filter(Number.isNaN).length,
      p50Ms,
      p99Ms: rank(0.99),
      maxMs: rank(1),
      offsetMs: Math.max(EARLIEST_MS, 0 - round(p50Ms, 10)),
      exact: this.engine.report().driver !== 'rtmidi'
    });
  }

  private fail(failure: LoopFailure, message: string): void {
    this.end(new LoopTestFailed(failure, message));
  }

  /** Lets go of everything, once. */
  private end(result: LoopFigures | Error): void {
    const { settle } = this;
    if (settle === undefined) return;
    this.settle = undefined;
    this.engine.off('disposed', this.stop);
    this.horizon?.stop();
    this.unwatch?.();
    this.engine.release(SOURCE);
    // The flow, or a deploy that is under way, may use them: they are not gone for good.
    if (this.output !== undefined) this.ends.closeOutput(this.heard, false);
    if (this.input !== undefined) this.ends.closeInput(this.heard, false);
    if (result instanceof Error) settle.failed(result);
    else settle.done(result);
  }
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
