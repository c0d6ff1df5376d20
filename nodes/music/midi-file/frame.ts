/**
 * The frame of a Standard MIDI File, after its specification (version 1.0): chunks of four letters and a length, first
 * a header, then tracks.
 */
import { said } from '../words';
import { MalformedMidiFile } from './errors';

/** Largest file that is read. */
export const MAX_MIDI_FILE_BYTES = 16 * 1024 * 1024;

const HEADER_BYTES = 14;
const CHUNK_BYTES = 8;

export interface Frame {
  readonly format: 0 | 1 | 2;
  readonly ticksPerQuarter: number;
  /** Where the events of each track begin, and where its chunk ends. */
  readonly tracks: readonly { readonly from: number; readonly to: number }[];
}

/**
 * The tracks of a file of type 0, 1 or 2 that has its time in ticks per quarter note. Unknown chunks are passed over, as
 * is what follows the last track; a header that promises more tracks than there are is forgiven. Throws
 * MalformedMidiFile with the offset of what is wrong.
 */
export function readFrame(bytes: Uint8Array): Frame {
  if (bytes.length > MAX_MIDI_FILE_BYTES) {
    throw new MalformedMidiFile(
      MAX_MIDI_FILE_BYTES,
      said('a file of at most __most__ bytes is needed', { most: MAX_MIDI_FILE_BYTES })
    );
  }
  if (chunkName(bytes, 0) !== 'MThd') throw new MalformedMidiFile(0, 'no MIDI file: MThd is missing');
  if (bytes.length < HEADER_BYTES)
    throw new MalformedMidiFile(bytes.length, 'the file ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(4);
  if (headerLength < 6)
    throw new MalformedMidiFile(
      4,
      said('a header of 6 bytes or more is needed, not __length__', { length: headerLength })
    );
  const format = view.getUint16(8);
  const promised = view.getUint16(10);
  const ticksPerQuarter = view.getUint16(12);
  if (format > 2)
    throw new MalformedMidiFile(8, said('type 0, 1 or 2 is needed, not __format__', { format }));
  if (ticksPerQuarter >= 0x8000)
    throw new MalformedMidiFile(12, 'its time is in SMPTE frames; ticks per quarter note are needed');
  if (ticksPerQuarter === 0) throw new MalformedMidiFile(12, '1 or more ticks per quarter note are needed');

  const tracks: { from: number; to: number }[] = [];
  let at = CHUNK_BYTES + headerLength;
  while (tracks.length < promised && at < bytes.length) {
    if (at + CHUNK_BYTES > bytes.length)
      throw new MalformedMidiFile(at, 'the file ends within the head of a chunk');
    const body = at + CHUNK_BYTES;
    const length = view.getUint32(at + 4);
    if (body + length > bytes.length) {
      throw new MalformedMidiFile(
        at + 4,
        said('a chunk of __length__ bytes, but only __left__ are left', { length, left: bytes.length - body })
      );
    }
    if (chunkName(bytes, at) === 'MTrk') tracks.push({ from: body, to: body + length });
    at = body + length;
  }
  if (tracks.length === 0) throw new MalformedMidiFile(Math.min(at, bytes.length), 'there is no track');
  return { format: format as 0 | 1 | 2, ticksPerQuarter, tracks };
}

function chunkName(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
