/** Words in the language of the editor, or of the runtime: from the catalogues, where the build puts them. */
import { wordsOf } from '../music/errors';
import { tell, type Words } from '../music/words';

/** `RED._`, of the runtime or of the editor. */
type Lookup = (key: string, options?: never) => unknown;

/** The device is in every flow that is heard, so its catalogue is the one that holds them. */
const CATALOGUE = '@phasor-midi/node-red-phasor/phasor-device:phasor-device.words.';

/** A wording as the key of a catalogue, in which dots and colons would mean levels. */
export function keyOf(wording: string): string {
  return wording.replaceAll('.', '․').replaceAll(':', '꞉');
}

/** What an error says, or other words, in the language of the catalogues; what they do not have stays English. */
export function inWords(lookup: Lookup, error: unknown): string {
  return toldBy(lookup, isWords(error) ? error : wordsOf(error));
}

function toldBy(lookup: Lookup, words: Words): string {
  return tell(words, (text) => {
    const key = keyOf(text);
    // What varies is put in by us, since what people typed is no template.
    const found = lookup(`${CATALOGUE}${key}`, { skipInterpolation: true } as never);
    return typeof found === 'string' && !found.endsWith(key) ? found : text;
  });
}

function isWords(value: unknown): value is Words {
  return (
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && 'text' in value && 'values' in value)
  );
}
