import type { SentMessage } from '../feed';
import { colour, element, section, text } from './dom';
import type { Instant } from './listening';

/** How much time the picture shows, in ms, and how many notes it holds at most. */
const WINDOW_MS = 8000;
const MAX_NOTES = 2000;
const HEIGHT_PX = 150;
/** Rows that are shown at least, so that one note is not as high as the picture. */
const MIN_ROWS = 24;

interface Drawn {
  note: number;
  channel: number;
  velocity: number;
  fromMs: number;
  toMs: number | undefined;
  /** It came in, and was not sent. */
  isReceived: boolean;
}

/** A piano roll of what is sent: time from left to right, pitch upwards, one shade for each channel. */
export class Roll {
  readonly root: HTMLElement;
  private readonly canvas = element('canvas', { class: 'phasor-sidebar-roll', role: 'img' });
  private notes: Drawn[] = [];

  constructor(private readonly instant: Instant) {
    this.canvas.setAttribute('aria-label', text('roll.label'));
    this.root = section(text('roll.title'), this.canvas);
  }

  take(messages: readonly SentMessage[], isReceived: boolean): void {
    for (const [, timeMs, status, note = 0, velocity = 0] of messages) {
      const channel = status & 0x0f;
      const kind = status & 0xf0;
      if (kind !== 0x90 && kind !== 0x80) continue;
      const open = this.notes.find(
        (each) =>
          each.note === note &&
          each.channel === channel &&
          each.isReceived === isReceived &&
          each.toMs === undefined
      );
      if (open !== undefined) open.toMs = timeMs;
      if (kind === 0x90 && velocity > 0)
        this.notes.push({ note, channel, velocity, fromMs: timeMs, toMs: undefined, isReceived });
    }
    if (this.notes.length > MAX_NOTES) this.notes = this.notes.slice(-MAX_NOTES);
  }

  /** How many notes are in the picture. */
  get size(): number {
    return this.notes.length;
  }

  draw(nowMs: number): void {
    const { canvas } = this;
    const width = canvas.clientWidth;
    if (width === 0) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = HEIGHT_PX * scale;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.scale(scale, scale);
    const beginMs = nowMs - WINDOW_MS;
    this.notes = this.notes.filter(
      ({ toMs, fromMs }) => this.instant.toPageMs(toMs ?? fromMs + 60_000) > beginMs
    );
    const pitches = this.notes.map(({ note }) => note);
    const low = Math.min(...pitches, 60) - 1;
    const rows = Math.max(MIN_ROWS, Math.max(...pitches, 60) + 2 - low);
    const x = (pageMs: number) => ((pageMs - beginMs) / WINDOW_MS) * width;
    const rowPx = HEIGHT_PX / rows;

    context.strokeStyle = colour('--red-ui-secondary-border-color');
    context.beginPath();
    for (let octave = Math.ceil(low / 12) * 12; octave < low + rows; octave += 12) {
      const y = Math.round(HEIGHT_PX - (octave - low) * rowPx) + 0.5;
      context.moveTo(0, y);
      context.lineTo(width, y);
    }
    context.stroke();
    const shades = [
      '--red-ui-text-color-link',
      '--red-ui-text-color-success',
      '--red-ui-text-color-warning',
      '--red-ui-text-color-error'
    ].map(colour);
    for (const { note, channel, velocity, fromMs, toMs, isReceived } of this.notes) {
      const from = x(this.instant.toPageMs(fromMs));
      const to = toMs === undefined ? width : x(this.instant.toPageMs(toMs));
      context.fillStyle = shades[channel % shades.length];
      context.globalAlpha = 0.35 + (0.65 * velocity) / 127;
      const y = HEIGHT_PX - (note - low + 1) * rowPx;
      const [wide, high] = [Math.max(2, to - from), Math.max(2, rowPx - 1)];
      // What came in is drawn hollow.
      context.strokeStyle = context.fillStyle;
      if (isReceived) context.strokeRect(from + 0.5, y + 0.5, wide - 1, high - 1);
      else context.fillRect(from, y, wide, high);
    }
    context.globalAlpha = 1;
  }
}
