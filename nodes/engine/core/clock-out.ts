import { TICKS_PER_CLOCK, TICKS_PER_SIXTEENTH } from '../../music/event';
import { At } from '../shared/stats';
import type { OutputPort } from './port';
import type { Transport } from './transport';

const CLOCK = 0xf8;
const START = 0xfa;
const CONTINUE = 0xfb;
const STOP = 0xfc;
const SONG_POSITION = 0xf2;

/** After a stall up to this many pulses are sent at once; more would race a slave, which is then led in anew. */
const MAX_CATCH_UP = 5;

/** Song Position has 14 bits. */
const MAX_SONG_POSITION = 16383;

/** A transport message that is to be sent ahead of, or at, a tick. */
interface Cue {
  tick: number;
  leadMs: number;
  word: number;
  length: number;
}

/** How long before a pulse Start and Continue are sent: a slave needs 1 ms, and the pulse before must not count. */
export function startLeadMs(pulseMs: number): number {
  return Math.min(5, Math.max(1, pulseMs / 2));
}

/**
 * The MIDI clock of one output. Pulses stand on a grid of ticks that runs on through stop and start, so a slave
 * never sees its tempo waver; Start and Continue arm the slave for the pulse that is its beat.
 */
export class ClockOut {
  private pulse: number;
  private cues: Cue[] = [];
  /** First pulse that the slave counts; it follows, or will, from here on. */
  private fromTick = Infinity;

  constructor(
    private readonly transport: Transport,
    readonly output: number,
    readonly port: OutputPort,
    public offsetMs: number,
    nowMs: number
  ) {
    this.pulse = Math.ceil(transport.tempo.tickAt(nowMs - offsetMs) / TICKS_PER_CLOCK);
    if (transport.running) this.join(nowMs);
  }

  /** The slave plays from the pulse at `tick` on, which is the start of the song. */
  start(tick: number): void {
    this.arm(tick, START);
  }

  /** The slave continues at `position`, which sounds at `tick`; it can only do so on a sixteenth. */
  continue(tick: number, position: number): void {
    const sixteenth = Math.ceil(position / TICKS_PER_SIXTEENTH - 1e-9);
    const joinTick = tick + sixteenth * TICKS_PER_SIXTEENTH - position;
    this.songPosition(joinTick, sixteenth);
    this.arm(joinTick, CONTINUE);
  }

  /** The slave jumps to `position` at `tick`. */
  jump(tick: number, position: number): void {
    this.halt(tick, this.lead(tick));
    if (position === 0) this.start(tick);
    else this.continue(tick, position);
  }

  stop(tick: number): void {
    this.cues = [];
    if (this.fromTick < Infinity) this.halt(tick, 0);
    this.fromTick = Infinity;
  }

  /** The clock is taken away: a slave that runs is stopped now, for no pulse will follow. */
  end(nowMs: number): void {
    if (this.fromTick < Infinity && this.transport.config.sendStartStop)
      this.port.sendRealtime(STOP, 1, nowMs);
    this.fromTick = Infinity;
    this.cues = [];
  }

  /** While stopped: tells the slave where the song stands now. */
  locate(position: number, nowMs: number): void {
    const sixteenth = Math.ceil(position / TICKS_PER_SIXTEENTH - 1e-9);
    this.songPosition(this.transport.tempo.tickAt(nowMs - this.offsetMs), sixteenth);
  }

  /** Leads a slave in while the transport runs. */
  join(nowMs: number): void {
    const tick = this.transport.tempo.tickAt(nowMs - this.offsetMs) + TICKS_PER_CLOCK;
    const { position, tick: onGrid } = this.transport.sixteenthFrom(tick);
    this.continue(onGrid, position);
  }

  /** Sends what is due. */
  dispatch(nowMs: number): void {
    for (;;) {
      const cueMs = this.cueMs();
      const pulseMs = this.pulseMs();
      if (Math.min(cueMs, pulseMs) > nowMs) return;
      if (cueMs <= pulseMs) this.sendCue(cueMs);
      else if (!this.skipIfHopeless(nowMs)) this.sendPulse(pulseMs);
    }
  }

  nextDeadlineMs(): number {
    return Math.min(this.cueMs(), this.pulseMs());
  }

  private sendCue(dueMs: number): void {
    const cue = this.cues.shift() as Cue;
    this.port.sendRealtime(cue.word, cue.length, dueMs);
  }

  private sendPulse(dueMs: number): void {
    const tick = this.pulse++ * TICKS_PER_CLOCK;
    if (this.transport.config.clockWhileStopped || tick >= this.fromTick - 0.5)
      this.port.sendRealtime(CLOCK, 1, dueMs);
  }

  private skipIfHopeless(nowMs: number): boolean {
    const behind = this.transport.tempo.tickAt(nowMs - this.offsetMs) / TICKS_PER_CLOCK - this.pulse;
    if (behind <= MAX_CATCH_UP) return false;
    const skipped = Math.floor(behind);
    this.pulse += skipped;
    this.port.stats.add(At.clocksSkipped, skipped);
    if (this.fromTick < Infinity) {
      this.halt(this.pulse * TICKS_PER_CLOCK, this.lead(this.pulse * TICKS_PER_CLOCK));
      this.join(nowMs);
    }
    return true;
  }

  private arm(tick: number, status: number): void {
    this.fromTick = tick;
    if (this.transport.config.sendStartStop) this.cue(tick, this.lead(tick), status, 1);
  }

  private halt(tick: number, leadMs: number): void {
    if (this.transport.config.sendStartStop) this.cue(tick, leadMs, STOP, 1);
  }

  private songPosition(tick: number, sixteenth: number): void {
    if (!this.transport.config.sendSongPosition) return;
    const position = Math.min(sixteenth, MAX_SONG_POSITION);
    this.cue(tick, this.lead(tick), SONG_POSITION | ((position & 0x7f) << 8) | ((position >> 7) << 16), 3);
  }

  private cue(tick: number, leadMs: number, word: number, length: number): void {
    this.cues.push({ tick, leadMs, word, length });
  }

  private lead(tick: number): number {
    const { tempo } = this.transport;
    return startLeadMs(tempo.msAt(tick) - tempo.msAt(tick - TICKS_PER_CLOCK));
  }

  private cueMs(): number {
    if (this.cues.length === 0) return Infinity;
    const cue = this.cues[0];
    return this.transport.tempo.msAt(cue.tick) - cue.leadMs + this.offsetMs;
  }

  private pulseMs(): number {
    return this.transport.tempo.msAt(this.pulse * TICKS_PER_CLOCK) + this.offsetMs;
  }
}
