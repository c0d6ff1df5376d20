import type { MusicEvent } from '../../music/event';
import { NONE } from './slab';

const NOTES = 16 * 128;
const PEDALS = 16 * 2;

/** What can be down: all notes, and behind them the pedals. */
export const VOICES = NOTES + PEDALS;

/** Bytes of shared memory a ledger takes. */
export const LEDGER_BYTES = VOICES;

/** Sustain and sostenuto: what they hold sounds on after its note-off. A pedal is down from a value of 64 on. */
export const SUSTAIN = 64;
export const SOSTENUTO = 66;
export const PEDAL_DOWN = 64;

/** What a ledger in shared memory says is down, as the events that release it. For those who outlive its thread. */
export function releasesOf(shared: Uint8Array): MusicEvent[] {
  const events: MusicEvent[] = [];
  for (let note = 0; note < NOTES; note++) {
    if (shared[note] !== 0)
      events.push({ type: 'noteOff', channel: (note >> 7) + 1, note: note & 127, velocity: 64 });
  }
  for (let pedal = 0; pedal < PEDALS; pedal++) {
    const controller = (pedal & 1) === 0 ? SUSTAIN : SOSTENUTO;
    if (shared[NOTES + pedal] !== 0)
      events.push({ type: 'cc', channel: (pedal >> 1) + 1, controller, value: 0 });
  }
  return events;
}

/** In messages sent: before anything that a reader can still have to read. */
export const LONG_AGO = -(2 ** 31);

/** Asks whether something that sounds or waits belongs to whoever is to be silenced. */
export type Owned = (source: number, transport: number, output: number) => boolean;

/**
 * What sounds on a port, and on whose behalf: its voices are all notes of all channels, and the pedals that hold
 * notes. Which are down stands in shared memory, so that whoever outlives this thread can release them; the owners
 * are this thread's own business.
 */
export class Ledger {
  private readonly down: Uint8Array;
  private readonly off = new Int32Array(VOICES).fill(NONE);
  private readonly source = new Float64Array(VOICES);
  private readonly transport = new Int32Array(VOICES).fill(NONE);
  private readonly output = new Int32Array(VOICES).fill(NONE);
  /** 1 for voices whose end was refused and is to be sent again. */
  private readonly owed = new Uint8Array(VOICES);
  private owes = 0;
  /** How many messages the port had been sent when each voice was last ended. */
  private readonly ended = new Int32Array(VOICES).fill(LONG_AGO);

  /** @param shared LEDGER_BYTES bytes */
  constructor(shared: Uint8Array) {
    this.down = shared.subarray(0, VOICES);
  }

  /** Number of the voice that a message (bytes packed lowest first) starts or ends, or NONE. */
  static voice(word: number): number {
    const channel = word & 0xf;
    const first = (word >> 8) & 0x7f;
    const status = word & 0xf0;
    if (status === 0x80 || status === 0x90) return channel * 128 + first;
    if (status !== 0xb0 || (first !== SUSTAIN && first !== SOSTENUTO)) return NONE;
    return NOTES + channel * 2 + (first === SUSTAIN ? 0 : 1);
  }

  /** Whether a voice is a pedal, and no note. */
  static isPedal(voice: number): boolean {
    return voice >= NOTES;
  }

  /** Whether a control change lifts a pedal. */
  static lifts(word: number): boolean {
    return Ledger.voice(word) >= NOTES && ((word >> 16) & 0x7f) < PEDAL_DOWN;
  }

  /** The message that ends a voice: a note-off with the standard's default velocity of 64, or the pedal up. */
  static ending(voice: number): number {
    if (voice < NOTES) return 0x80 | (voice >> 7) | ((voice & 0x7f) << 8) | (64 << 16);
    return 0xb0 | ((voice - NOTES) >> 1) | (((voice & 1) === 0 ? SUSTAIN : SOSTENUTO) << 8);
  }

  isDown(voice: number): boolean {
    return this.down[voice] !== 0;
  }

  /** Whether a voice is down and nothing is planned that ends it. */
  isOpenEnded(voice: number): boolean {
    return this.down[voice] !== 0 && this.off[voice] === NONE;
  }

  /** The slot that will end this voice, or NONE. */
  offSlot(voice: number): number {
    return this.off[voice];
  }

  /**
   * A voice begins to sound. Its source stands in `sources` at `at`: a double that is passed by value is garbage.
   * @param offSlot the slot that will end it, or NONE
   */
  press(
    voice: number,
    offSlot: number,
    sources: Float64Array,
    at: number,
    transport: number,
    output: number
  ): void {
    this.forgive(voice);
    this.down[voice] = 1;
    this.off[voice] = offSlot;
    this.source[voice] = sources[at];
    this.transport[voice] = transport;
    this.output[voice] = output;
  }

  /** Names the slot that will end a voice that is down. */
  plan(voice: number, offSlot: number): void {
    this.off[voice] = offSlot;
  }

  /** A voice has ended, by the message of the port with the number `sent`. */
  release(voice: number, sent: number): void {
    this.forgive(voice);
    this.down[voice] = 0;
    this.off[voice] = NONE;
    this.ended[voice] = sent;
  }

  /** Owes the ends once more that were sent behind the message `sent`: they were taken, but may not have been read. */
  oweSince(sent: number): void {
    for (let voice = 0; voice < VOICES; voice++) {
      if (this.ended[voice] > sent && this.down[voice] === 0) this.owe(voice);
    }
  }

  /** The end of a voice was refused: it stays down until somebody takes its end. */
  owe(voice: number): void {
    if (this.owed[voice] === 0) this.owes++;
    this.owed[voice] = 1;
    this.down[voice] = 1;
    this.off[voice] = NONE;
  }

  /** The first voice from `from` on whose end is owed, or NONE. */
  nextOwed(from: number): number {
    if (this.owes === 0) return NONE;
    for (let voice = from; voice < VOICES; voice++) if (this.owed[voice] !== 0) return voice;
    return NONE;
  }

  private forgive(voice: number): void {
    if (this.owed[voice] !== 0) this.owes--;
    this.owed[voice] = 0;
  }

  /** Calls back for each voice that is down and owned as asked. */
  forEach(owned: Owned, found: (voice: number) => void): void {
    for (let voice = 0; voice < VOICES; voice++) {
      if (this.down[voice] !== 0 && owned(this.source[voice], this.transport[voice], this.output[voice]))
        found(voice);
    }
  }

  /** Forgets everything: the port is gone. */
  clear(): void {
    this.down.fill(0);
    this.off.fill(NONE);
    this.owed.fill(0);
    this.owes = 0;
    this.ended.fill(LONG_AGO);
  }
}
