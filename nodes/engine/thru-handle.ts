import type { FilterSettings } from '../music/midi-filter';
import type { Channel } from './channel';
import { FeedbackLoop } from './errors';
import type { InputHandle, InputListener } from './input-handle';
import type { OutputHandle, OutputListener } from './output-handle';
import { sourceNumber } from './shared/records';

/** A way for what is played, past the flow. */
export interface ThruSettings {
  filter: FilterSettings;
  /** 1–16, or 0 for the channel that it comes on. */
  channel: number;
}

export interface ThruListener {
  /** What it plays comes back to it. */
  thruLooped(loop: FeedbackLoop): void;
}

/** A route from an input to an output inside the worker, on behalf of a node. It comes and goes with the input's port. */
export class ThruHandle {
  private readonly heard: InputListener;
  private readonly played: OutputListener;
  private isConnected = false;

  constructor(
    readonly id: string,
    readonly input: InputHandle,
    readonly output: OutputHandle,
    readonly settings: ThruSettings,
    private readonly channel: Channel,
    public told: ThruListener
  ) {
    this.heard = { inputChanged: () => this.connect() };
    this.played = { outputChanged: () => this.check() };
    input.attach(this.heard);
    output.attach(this.played);
    this.connect();
  }

  /** The node is gone: what it plays ends. */
  end(): void {
    this.input.detach(this.heard);
    this.output.detach(this.played);
    this.disconnect();
  }

  /** The worker noticed that it plays to itself. */
  looped(): void {
    this.told.thruLooped(new FeedbackLoop(this.input.name, this.output.name));
  }

  /** Whether it is the same route. */
  equals(input: InputHandle, output: OutputHandle, settings: ThruSettings): boolean {
    const isSame = JSON.stringify(settings) === JSON.stringify(this.settings);
    return isSame && input === this.input && output === this.output;
  }

  /** The output has another port, which may be the one that is heard. */
  private check(): void {
    if (!this.isConnected || isShortCircuit(this.input, this.output)) this.connect();
  }

  private connect(): void {
    const { index, status } = this.input;
    if (status.state !== 'open' || index === undefined) {
      // The worker has ended it with the port.
      this.isConnected = false;
      return;
    }
    if (isShortCircuit(this.input, this.output)) {
      this.disconnect();
      return this.looped();
    }
    const route = { input: index, output: this.output.index, ...this.settings };
    this.channel.command({ op: 'thru', source: sourceNumber(this.id), route });
    this.isConnected = true;
  }

  private disconnect(): void {
    if (this.isConnected) this.channel.command({ op: 'endThru', source: sourceNumber(this.id) });
    this.isConnected = false;
  }
}

/** Whether two ends are the same port inside this machine, so that what is sent to the one arrives at the other. */
export function isShortCircuit(input: InputHandle, output: OutputHandle): boolean {
  const { status } = output;
  const { port, status: heard } = input;
  if (port === undefined || status.state !== 'open' || status.port !== port.name) return false;
  const inside = status.kind === 'loopback' || status.kind === 'through';
  return inside && (heard.state !== 'open' || heard.kind === status.kind);
}
