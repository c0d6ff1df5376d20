import { integerWithin, InvalidParameter } from '../music/errors';
import type { MidiChoice } from '../music/midi-file';

/** What of which file is played. */
export interface FileChoice extends MidiChoice {
  /** A name in the store of patterns, or HELD. */
  readonly name: string;
}

/** Stands for the file that came by message: no name in the store is without an extension. */
export const HELD = 'message';

/** Name, then maybe `track <number or name>`, then maybe `channel <number>`. */
const TEXT = /^\s*(message|.+?\.(?:midi?|json))(?:\s+track\s+(.+?))?(?:\s+channel\s+(\d+))?\s*$/i;

/**
 * Reads the text that names a file and what of it: `song.mid`, `song.mid track 2 channel 10`, `song.mid track Bass`.
 * Throws InvalidParameter or OutOfBounds; whether the file is there is not looked at.
 */
export function readFileChoice(text: string): FileChoice {
  const match = TEXT.exec(text);
  if (match === null) {
    throw new InvalidParameter(
      'file',
      text,
      'the name of a .mid or .json file is needed, and then maybe track and channel, as in song.mid track 2 channel 10'
    );
  }
  const [, name, track, channel] = match;
  return {
    name: name.toLowerCase() === HELD ? HELD : name,
    ...(track === undefined ? {} : { track: /^\d+$/.test(track) ? Number(track) : track }),
    ...(channel === undefined ? {} : { channel: integerWithin('channel', Number(channel), 1, 16) })
  };
}

/** The text that readFileChoice reads. */
export function fileText({ name, track, channel }: FileChoice): string {
  return [
    name,
    track === undefined ? '' : `track ${track}`,
    channel === undefined ? '' : `channel ${channel}`
  ]
    .filter(Boolean)
    .join(' ');
}
