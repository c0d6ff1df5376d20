/**
 * What people are told. English stands where it is said and is the key to its translations (`de.json`, `ja.json`), so
 * that code reads as it speaks; what varies within a sentence has a name: `said('at most __most__ are allowed', { most })`.
 * A log and a Catch node get the English, the editor the language of whoever looks.
 */
import type german from './de.json';

/** A sentence, or a part of one, that is there in every language. */
export type Wording = keyof typeof german;

/** A sentence that is made of a wording and of what varies in it. Plain data: it goes through JSON and between threads. */
export interface Said {
  readonly text: Wording;
  readonly values: Readonly<Record<string, Words | number>>;
}

/** A text, translated where it is a wording and left alone where it is not: a name, or what a system said. */
export type Words = string | Said;

type Named<Text extends string> = Text extends `${string}__${infer Name}__${infer Rest}`
  ? Name | Named<Rest>
  : never;

/** A wording with its values, by the names that stand in it as `__name__`. */
export function said<Text extends Wording>(
  text: Text,
  values: Readonly<Record<Named<Text>, Words | number>>
): Said {
  return { text, values };
}

/** Puts words into a language, part by part; into English where nothing translates. */
export function tell(words: Words, translate: (text: string) => string = (text) => text): string {
  if (typeof words === 'string') return translate(words);
  return translate(words.text).replace(/__(\w+?)__/g, (whole, name: string) => {
    const value = words.values[name] as Words | number | undefined;
    if (value === undefined) return whole;
    return typeof value === 'number' ? String(value) : tell(value, translate);
  });
}
