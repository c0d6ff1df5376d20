import { NONE } from './slab';

const NOTES = 16 * 128;
const PEDALS = 16 * 2;

/** Bytes of shared memory a ledger takes. */
export const LEDGER_BYTES = NOTES + PEDALS;

/** Sustain and sostenuto: what they hold sounds on after its note-off. */
export const SUSTAIN = 64;
export const SOSTENUTO = 66;

/** Asks whether something that sounds or waits belongs to whoever is to be silenced. */
export type Owned = (source: number, transport: number, output: number) => boolean;

/**
 * What sounds on a port, and on whose behalf. Which notes and pedals are down stands in shared memory, so that
 * whoever outlives this thread can release them; the owners are this thread's own business.
 */
export class Ledger {
  private readonly noteDown: Uint8Array;
  private readonly pedalDown: Uint8Array;
  private readonly noteSource = new Float64Array(NOTES);
  private readonly noteTransport = new Int32Array(NOTES).fill(NONE);
  private readonly noteOff = new Int32Array(NOTES).fill(NONE);
  private readonly noteOutput = new Int32Array(NOTES).fill(NONE);
  private readonly pedalSource = new Float64Array(PEDALS);
  private readonly pedalTransport = new Int32Array(PEDALS).fill(NONE);
  private readonly pedalOutput = new Int32Array(PEDALS).fill(NONE);

  /** @param shared LEDGER_BYTES bytes */
  constructor(shared: Uint8Array) {
    this.noteDown = shared.subarray(0, NOTES);
    this.pedalDown = shared.subarray(NOTES, NOTES + PEDALS);
  }

  /** Number of a note on a channel; `channel` counts from 0. */
  static note(channel: number, note: number): number {
    return channel * 128 + note;
  }

  isDown(note: number): boolean {
    return this.noteDown[note] !== 0;
  }

  /** The slot that will end this note, or NONE. */
  offSlot(note: number): number {
    return this.noteOff[note];
  }

  press(note: number, offSlot: number, source: number, transport: number, output: number): void {
    this.noteDown[note] = 1;
    this.noteOff[note] = offSlot;
    this.noteSource[note] = source;
    this.noteTransport[note] = transport;
    this.noteOutput[note] = output;
  }

  release(note: number): void {
    this.noteDown[note] = 0;
    this.noteOff[note] = NONE;
    this.noteTransport[note] = NONE;
  }

  /** Takes note of a controller; only the two pedals that hold notes matter. */
  control(
    channel: number,
    controller: number,
    value: number,
    source: number,
    transport: number,
    output: number
  ): void {
    if (controller !== SUSTAIN && controller !== SOSTENUTO) return;
    const pedal = channel * 2 + (controller === SUSTAIN ? 0 : 1);
    // A pedal counts as down from 64 on (MIDI 1.0, recommended practice for switches).
    this.pedalDown[pedal] = value >= 64 ? 1 : 0;
    this.pedalSource[pedal] = source;
    this.pedalTransport[pedal] = transport;
    this.pedalOutput[pedal] = output;
  }

  /** Calls back for each note that is down and owned as asked. */
  forEachNote(owned: Owned, found: (note: number) => void): void {
    for (let note = 0; note < NOTES; note++) {
      if (
        this.noteDown[note] !== 0 &&
        owned(this.noteSource[note], this.noteTransport[note], this.noteOutput[note])
      )
        found(note);
    }
  }

  /** Calls back for each pedal that is down and owned as asked; `channel` counts from 0. */
  forEachPedal(owned: Owned, found: (channel: number, controller: number) => void): void {
    for (let pedal = 0; pedal < PEDALS; pedal++) {
      if (
        this.pedalDown[pedal] !== 0 &&
        owned(this.pedalSource[pedal], this.pedalTransport[pedal], this.pedalOutput[pedal])
      ) {
        found(pedal >> 1, (pedal & 1) === 0 ? SUSTAIN : SOSTENUTO);
      }
    }
  }

  /** Forgets everything: the port is gone. */
  clear(): void {
    this.noteDown.fill(0);
    this.pedalDown.fill(0);
    this.noteOff.fill(NONE);
  }
}
