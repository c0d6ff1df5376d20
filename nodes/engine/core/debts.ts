import { At } from '../shared/stats';
import { LONG_AGO } from './ledger';
import type { Queue } from './queue';
import { NONE } from './slab';

const STOP = 0xfc;

/** How soon a reader that was full is offered again what it must not miss. */
const RETRY_MS = 20;

/** So many ends at a time, which is less than a reader has room for that goes on reading. */
const AT_ONCE = 64;

/**
 * Messages that a reader may have taken and not read: SNDRV_SEQ_MAX_CLIENT_EVENTS of Linux. Where its queue runs over,
 * the kernel throws away all that is in it (snd_seq_fifo_clear), what was taken long before included.
 */
const UNREAD = 2000;

/** Who sends what is owed. */
export interface Debtor {
  readonly gone: boolean;
  /** Sends the end of a voice. Returns whether it was taken. */
  payEnd(voice: number): boolean;
  payStop(): void;
}

/**
 * What a reader that was full must not miss: the ends of notes and pedals, and the Stop of a slave, which would play on
 * for good. They are offered again until they are taken. All else that it refused is lost: sent now, it would be a burst
 * of what is long over.
 */
export class Debts {
  /** When the reader is offered again what is owed, in ms; Infinity where nothing is. */
  atMs = Infinity;
  /** The reader refused the latest message. */
  isFull = false;
  private owesStop = false;
  /** How many messages were sent with the Stop that the slave stands by. */
  private stoppedAt = LONG_AGO;

  constructor(
    private readonly queue: Queue,
    private readonly debtor: Debtor
  ) {}

  /** Offers what is owed. */
  pay(nowMs: number): void {
    const { ledger } = this.queue;
    this.atMs = Infinity;
    if (this.owesStop) {
      this.owesStop = false;
      this.debtor.payStop();
    }
    let voice = ledger.nextOwed(0);
    for (let count = 0; voice !== NONE && count < AT_ONCE; count++) {
      if (this.debtor.gone || !this.debtor.payEnd(voice)) break;
      voice = ledger.nextOwed(voice + 1);
    }
    if (this.owesStop || ledger.nextOwed(0) !== NONE) this.atMs = nowMs + RETRY_MS;
  }

  /** The end of a voice was refused. */
  end(voice: number, nowMs: number): void {
    this.queue.ledger.owe(voice);
    this.owe(nowMs);
  }

  /** A Start, Continue or Stop was sent. */
  transport(word: number, taken: boolean, nowMs: number): void {
    this.owesStop = word === STOP && !taken;
    this.stoppedAt = word === STOP && taken ? this.queue.stats.get(At.sent) : LONG_AGO;
    if (this.owesStop) this.owe(nowMs);
  }

  /** A message was refused, for the reader is full. With the first it may lose what it took, too, so that is owed again. */
  refused(nowMs: number): void {
    if (this.isFull) return;
    this.isFull = true;
    const { ledger, stats } = this.queue;
    const since = stats.get(At.sent) - UNREAD;
    ledger.oweSince(since);
    if (this.stoppedAt > since) this.owesStop = true;
    if (this.owesStop || ledger.nextOwed(0) !== NONE) this.owe(nowMs);
  }

  private owe(nowMs: number): void {
    this.atMs = Math.min(this.atMs, nowMs + RETRY_MS);
  }
}
