import { InvalidParameter } from '../music/errors';
import { readMutationRules, STYLES, type MutationRules, type StyleName } from '../music/mutation';
import { isBlank } from '../music/player/settings';
import { said } from '../music/words';

/** The rules that a field means: the name of a style, JSON, or the first style where it is blank. */
export function readRules(field: unknown): MutationRules {
  if (isBlank(field)) return readMutationRules(STYLES.default);
  if (typeof field === 'string' && Object.hasOwn(STYLES, field)) {
    return readMutationRules(STYLES[field as StyleName]);
  }
  if (typeof field === 'string' && !/^\s*[[{]/.test(field)) {
    throw new InvalidParameter(
      'mutation',
      field,
      said('rules, or one of __names__, are needed', { names: Object.keys(STYLES).join(', ') })
    );
  }
  return readMutationRules(field);
}
