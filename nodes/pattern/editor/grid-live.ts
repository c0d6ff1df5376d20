/** The way from the dialog to the running node: where it plays, and what it is to play while somebody edits. */
import type { Words } from '../../music/words';
import { inWords } from '../../palette/words';
import type { PlayingReport } from '../audition';

/** How often the node is asked; in between, time goes on by its tempo. */
const ASK_MS = 500;
/** A stroke is heard so long after its last movement. */
const SETTLE_MS = 60;

export interface LiveHost {
  /** Called for each picture while the node plays, with where it is; undefined once when it does not. */
  moved(where: { position: number; origin: number } | undefined): void;
  /** Whether the edited copy is heard. */
  auditioned(on: boolean): void;
  failed(message: string): void;
}

/** Asks nothing before it is opened and nothing after it is closed. */
export class Live {
  private timer: number | undefined;
  private sending: number | undefined;
  private frame = 0;
  private isOpen = true;
  private isOn = false;
  /** Where it was, and when. */
  private anchor: (NonNullable<PlayingReport['where']> & { atMs: number }) | undefined;

  constructor(
    private readonly id: string,
    private readonly host: LiveHost
  ) {
    void this.ask();
    this.tick();
  }

  get isAuditioned(): boolean {
    return this.isOn;
  }

  /** Lets the node play a grid in the place of its own, a moment after the last change of it. */
  play(grid: string): void {
    window.clearTimeout(this.sending);
    this.sending = window.setTimeout(
      () => void this.send('POST', 'audition', { grid }),
      this.isOn ? SETTLE_MS : 0
    );
    this.isOn = true;
    this.host.auditioned(true);
  }

  /** Lets the node play its own again. */
  stop(): void {
    window.clearTimeout(this.sending);
    if (!this.isOn) return;
    this.isOn = false;
    this.host.auditioned(false);
    void this.send('DELETE', 'audition');
  }

  close(): void {
    this.stop();
    this.isOpen = false;
    window.clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
  }

  private async ask(): Promise<void> {
    if (this.isOn && this.sending === undefined) await this.send('PUT', 'audition');
    else await this.send('GET', 'playing');
    if (this.isOpen) this.timer = window.setTimeout(() => void this.ask(), ASK_MS);
  }

  private async send(method: string, what: string, body?: object): Promise<void> {
    this.sending = undefined;
    const beganMs = performance.now();
    try {
      const report = (await $.ajax({
        url: `phasor/pattern/${encodeURIComponent(this.id)}/${what}`,
        method,
        ...(body ? { contentType: 'application/json', data: JSON.stringify(body) } : {})
      })) as PlayingReport;
      if (!this.isOpen) return;
      // The node looked at its clock half way between question and answer.
      const atMs = (beganMs + performance.now()) / 2;
      this.anchor = report.where && { ...report.where, atMs };
      if (method === 'PUT' && this.isOn !== report.auditioned) {
        this.isOn = report.auditioned;
        this.host.auditioned(this.isOn);
      }
    } catch (error) {
      this.anchor = undefined;
      if (method !== 'POST' || !this.isOpen) return;
      this.isOn = false;
      this.host.auditioned(false);
      const { status, responseJSON } = error as { status?: number; responseJSON?: { words?: Words } };
      this.host.failed(status === 404 ? '' : inWords(RED._, responseJSON?.words ?? ''));
    }
  }

  /** Once for each picture of the screen. */
  private tick(): void {
    if (!this.isOpen) return;
    this.frame = requestAnimationFrame(() => this.tick());
    const { anchor } = this;
    this.host.moved(
      anchor && {
        position: anchor.position + (performance.now() - anchor.atMs) * anchor.ticksPerMs,
        origin: anchor.origin
      }
    );
  }
}
