import { InvalidParameter } from '../errors';

/** Bytes that are no Standard MIDI File; `offset` counts from 0 and is that of the byte the `reason` speaks of. */
export class MalformedMidiFile extends InvalidParameter {
  constructor(
    readonly offset: number,
    problem: string
  ) {
    super('MIDI file', undefined, `byte ${offset}: ${problem}`);
    this.message = `MIDI file: ${this.reason}`;
  }
}
