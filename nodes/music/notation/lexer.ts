import { said } from '../words';
import { MAX_TEXT_LENGTH, NotationError } from './errors';

export type TokenKind = 'number' | 'word' | 'chord' | 'setting' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a chord the name after the quote, of a setting what is after the =; '' at the end. */
  readonly text: string;
  /** Where it begins in the text, and where it ends (excluded). */
  readonly offset: number;
  readonly end: number;
  /** No white space stands before it. */
  readonly glued: boolean;
}

/** White space, and comments from `//` to the end of the line. */
const SPACE = /(?:\s|\/\/[^\n]*)+/y;
/** In order of trial. A note may hold a sharp and a negative octave; `-` before a digit is a sign, else a rest. */
const TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ['word', /[a-g](?:##?|bb?)?-\d+|[a-z][a-z0-9#]*/iy],
  ['number', /-?(?:\d+(?:\.\d+)?|\.\d+)/y],
  ['chord', /'([a-z0-9#]*)/iy],
  ['setting', /=(!?\$?\w[\w-]*(?::(?:\$?\w[\w.-]*)?)?|)/y],
  ['sign', /\.\.|[[\]<>{}(),|~\-_.!@*/%?^&:]/y]
];

/** Cuts a text into tokens, the last of kind `end`. Throws NotationError. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new NotationError(
      text,
      MAX_TEXT_LENGTH,
      said('a text of __length__ characters', { length: text.length }),
      said('at most __most__ characters', { most: MAX_TEXT_LENGTH })
    );
  }
  const tokens: Token[] = [];
  let offset = 0;
  while (offset <= text.length) {
    const start = offset;
    offset += match(SPACE, text, offset)?.[0].length ?? 0;
    const glued = offset === start && offset > 0;
    if (offset === text.length) {
      tokens.push({ kind: 'end', text: '', offset, end: offset, glued });
      break;
    }
    const token = next(text, offset, glued);
    tokens.push(token);
    offset = token.end;
  }
  return tokens;
}

function next(text: string, offset: number, glued: boolean): Token {
  for (const [kind, pattern] of TOKENS) {
    const found = match(pattern, text, offset);
    if (!found) continue;
    const end = offset + found[0].length;
    if (kind === 'number' && /[a-z#]/i.test(text.charAt(end))) {
      throw new NotationError(
        text,
        end,
        quote(text, end),
        said('a space after the number __number__', { number: found[0] })
      );
    }
    return { kind, text: found[1] ?? found[0], offset, end, glued };
  }
  throw new NotationError(text, offset, quote(text, offset), 'a note, a number, a drum, a rest or a bracket');
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** The character at an offset, whole also where it takes two code units, and by its number where it is not seen. */
function quote(text: string, offset: number): string {
  const code = text.codePointAt(offset)!;
  const character = String.fromCodePoint(code);
  return /\p{C}/u.test(character)
    ? `the invisible character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    : JSON.stringify(character);
}
