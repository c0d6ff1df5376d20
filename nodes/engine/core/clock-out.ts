import { TICKS_PER_CLOCK, TICKS_PER_SIXTEENTH } from '../../music/event';
import { At } from '../shared/stats';
import { Moment } from './lane';
import type { OutputPort } from './port';
import { startLeadMs, type Led } from './led';
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

/** A transport message that is to be sent at a tick or, if it is for the pulse there, shortly before. */
interface Cue {
  tick: number;
  isAhead: boolean;
  status: number;
  sixteenth: number;
}

/**
 * The MIDI clock of one output. Pulses stand on a grid of ticks that runs on through stop and start, so a slave
 * never sees its tempo waver; Start and Continue arm the slave for the pulse that is its beat.
 */
export class ClockOut implements Led {
  private pulse: number;
  private readonly pulseAt = new Moment();
  /** When the next pulse and the next cue are due; set by {@link findNext}. */
  private pulseMs = Infinity;
  private cueMs = Infinity;
  /** In the order of their ticks. */
  private cues: Cue[] = [];
  /** The slave was started, or would have been if that were not switched off. */
  private isFollowed = false;

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

  /** The slave plays from the first sixteenth at or after `tick`, for only there can it be led in. */
  play(tick: number): void {
    // After a stall the pulse at `tick` may have been sent already.
    const spot = this.transport.sixteenthFrom(Math.max(tick, this.pulse * TICKS_PER_CLOCK));
    if (spot.position === 0) return this.cue(spot.tick, true, START);
    this.cue(spot.tick, true, SONG_POSITION, spot.position);
    this.cue(spot.tick, true, CONTINUE);
  }

  /** The song jumps at `tick`, and the slave with it. What was planned for later is void. */
  jump(tick: number): void {
    this.cues = this.cues.filter((cue) => cue.tick < tick);
    this.cue(tick, true, STOP);
    this.play(tick);
  }

  stop(tick: number): void {
    this.cues = [];
    this.cue(tick, false, STOP);
  }

  /** The clock is taken away: a slave that runs is stopped now, for no pulse will follow. */
  end(nowMs: number): void {
    if (this.isFollowed && this.transport.config.sendStartStop) this.port.sendRealtime(STOP, 1, nowMs);
    this.isFollowed = false;
    this.cues = [];
  }

  /** While stopped: tells the slave where the song stands now. */
  locate(position: number, nowMs: number): void {
    this.cue(this.transport.tempo.tickAt(nowMs - this.offsetMs), false, SONG_POSITION, position);
  }

  /** Sends what is due. */
  dispatch(nowMs: number): void {
    for (;;) {
      this.findNext();
      if (Math.min(this.cueMs, this.pulseMs) > nowMs) return;
      if (this.cueMs <= this.pulseMs) this.sendCue();
      else if (!this.skipIfHopeless(nowMs)) this.sendPulse();
    }
  }

  nextDeadlineMs(): number {
    this.findNext();
    return Math.min(this.cueMs, this.pulseMs);
  }

  /** Leads a slave in while the transport runs. */
  private join(nowMs: number): void {
    this.play(this.transport.tempo.tickAt(nowMs - this.offsetMs) + TICKS_PER_CLOCK);
  }

  private sendCue(): void {
    const { status, sixteenth } = this.cues.shift() as Cue;
    const { sendStartStop, sendSongPosition } = this.transport.config;
    if (status === SONG_POSITION) {
      const word = SONG_POSITION | ((sixteenth & 0x7f) << 8) | ((sixteenth >> 7) << 16);
      if (sendSongPosition) this.port.sendRealtime(word, 3, this.cueMs);
    } else {
      this.isFollowed = status !== STOP;
      if (sendStartStop) this.port.sendRealtime(status, 1, this.cueMs);
    }
  }

  private get isSending(): boolean {
    return this.isFollowed || this.transport.config.clockWhileStopped;
  }

  private sendPulse(): void {
    this.pulse++;
    if (this.isSending) this.port.sendRealtime(CLOCK, 1, this.pulseMs);
  }

  private skipIfHopeless(nowMs: number): boolean {
    const behind = this.transport.tempo.tickAt(nowMs - this.offsetMs) / TICKS_PER_CLOCK - this.pulse;
    if (behind <= MAX_CATCH_UP) return false;
    const skipped = Math.floor(behind);
    this.pulse += skipped;
    if (this.isSending) this.port.stats.add(At.clocksSkipped, skipped);
    if (this.transport.running) {
      this.cues = [];
      if (this.isFollowed) this.cue(this.pulse * TICKS_PER_CLOCK, true, STOP);
      this.join(nowMs);
    }
    return true;
  }

  private cue(tick: number, isAhead: boolean, status: number, position = 0): void {
    const sixteenth = Math.min(MAX_SONG_POSITION, Math.ceil(position / TICKS_PER_SIXTEENTH));
    this.cues.push({ tick, isAhead, status, sixteenth });
  }

  /** Finds out when the next pulse and the next cue are due. */
  private findNext(): void {
    this.pulseAt.tick = this.pulse * TICKS_PER_CLOCK;
    this.pulseAt.reckon(this.transport);
    const { ceiling } = this.transport;
    this.pulseMs = this.pulseAt.tick > ceiling ? Infinity : this.pulseAt.ms + this.offsetMs;
    this.cueMs = Infinity;
    if (this.cues.length > 0) this.findCue(this.cues[0]);
  }

  /** Reckoned when it is asked for: at another tempo another lead keeps a message behind the pulse before its own. */
  private findCue({ tick, isAhead }: Cue): void {
    const { tempo } = this.transport;
    this.cueMs = tempo.msAt(tick) + this.offsetMs;
    if (isAhead) this.cueMs -= startLeadMs(tempo.msAt(tick) - tempo.msAt(tick - TICKS_PER_CLOCK));
  }
}
