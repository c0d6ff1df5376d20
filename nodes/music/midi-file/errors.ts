import { InvalidParameter } from '../errors';
import { said, type Words } from '../words';

/** Bytes that are no Standard MIDI File; `offset` counts from 0 and is that of the byte the `reason` speaks of. */
export class MalformedMidiFile extends InvalidParameter {
  constructor(
    readonly offset: number,
    problem: Words
  ) {
    const why = said('byte __offset__: __problem__', { offset, problem });
    super('MIDI file', undefined, why, said('MIDI file: __problem__', { problem: why }));
  }
}
