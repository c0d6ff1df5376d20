import { Lexer } from 'yaml';

/** Deepest nesting of brackets, most indicators on one line, deepest indentation: far beyond any profile. */
const MAX_BRACKETS = 16;
const MAX_INDICATORS = 48;
const MAX_INDENT = 128;

/** What the lexer puts before the text of a plain scalar. */
const SCALAR_FOLLOWS = '\x1f';

/**
 * Whether a YAML text is nested deeper than a profile can be. The parser goes down by recursion, and a text of
 * brackets alone would end the whole process; the lexer reads on one level.
 */
export function isTooDeep(text: string): boolean {
  let brackets = 0;
  let indicators = 0;
  let before = '\n';
  for (const token of new Lexer().lex(text)) {
    const isScalar = before === SCALAR_FOLLOWS;
    const isIndent = before.endsWith('\n') && /^ +$/.test(token);
    before = token;
    if (isScalar) continue;
    if (token.endsWith('\n')) indicators = 0;
    if (token === '[' || token === '{') brackets++;
    if (token === ']' || token === '}') brackets--;
    // Within brackets these go no deeper.
    if (brackets === 0 && (token === '-' || token === '?' || token === ':')) indicators++;
    if (brackets > MAX_BRACKETS || indicators > MAX_INDICATORS) return true;
    if (isIndent && brackets === 0 && token.length > MAX_INDENT) return true;
  }
  return false;
}
