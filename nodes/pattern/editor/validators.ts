import { scaleNamed } from '../../music/pitch';
import { readGroove } from '../../music/player/groove';
import { readRate } from '../../music/player/settings';
import { numberWithin, validator } from '../../palette/editor/validators';
import { readFileChoice } from '../file-choice';
import { readQuantum, referenceIn } from '../pattern-config';

export type Validator = ReturnType<typeof validator>;

/** What a validator says, but for what an earlier version did not store and for the name of a flow value. */
function orValue(validate: Validator): Validator {
  return function (value: string, options?: unknown): boolean {
    if ((value as string | undefined) === undefined || referenceIn(value) !== undefined) return true;
    return (validate as (value: string, options?: unknown) => boolean).call(this, value, options);
  };
}

export function number(field: string, range: Parameters<typeof numberWithin>[1]): Validator {
  return orValue(numberWithin(field, range));
}

/** A root and a scale, or nothing. */
export function scale(field: string): Validator {
  return orValue(
    validator(field, (value) => (value.trim() === '' || scaleNamed(value) ? undefined : 'scale'))
  );
}

export const groove = (field: string): Validator => orValue(readable(field, readGroove));
export const rate = (field: string): Validator => orValue(readable(field, readRate));
export const quantum = (field: string): Validator => orValue(readable(field, readQuantum));

/** Matters only where the pattern comes from a file. */
export const file = (field: string): Validator => {
  const named = readable(field, readFileChoice);
  return function (this: { source?: unknown }, value: string, options?: unknown): boolean {
    if (this.source !== 'file') return true;
    return (named as (value: string, options?: unknown) => boolean).call(this, value, options);
  } as Validator;
};

/** Right where a reader does not throw; the text of its error is that of the field. */
function readable(field: string, read: (value: string) => unknown): Validator {
  return validator(field, (value) => {
    try {
      read(value);
      return undefined;
    } catch {
      return field;
    }
  });
}
