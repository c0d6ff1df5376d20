import { integerWithin, numberWithin, OutOfBounds, type InvalidParameter } from '../errors';
import { said, type Words } from '../words';
import { ProfileError, type Path } from './model';

type Fields = Readonly<Record<string, unknown>>;

/** An object with known keys only. Throws ProfileError at the first key that is not one of them. */
export function fieldsOf(value: unknown, path: Path, known: readonly string[]): Fields {
  const fields = recordOf(
    value,
    path,
    said('an object with __names__ is needed', { names: known.join(', ') })
  );
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) {
      throw new ProfileError(
        [...path, key],
        key,
        said('there is no such key; the keys are __names__', { names: known.join(', ') })
      );
    }
  }
  return fields;
}

/** An object that is no list. */
export function recordOf(value: unknown, path: Path, reason: Words): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProfileError(path, value, reason);
  }
  return value as Fields;
}

/** A text of one to `longest` characters, trimmed; undefined where there is none. */
export function textAt(fields: Fields, key: string, path: Path, longest: number): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  // YAML reads 1.10 as a number.
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.trim() === '' || text.length > longest) {
    throw new ProfileError(
      [...path, key],
      value,
      said('a text of up to __most__ characters is needed', { most: longest })
    );
  }
  return text.trim();
}

/** A whole number from `min` to `max`. */
export function wholeAt(value: unknown, path: Path, min: number, max: number): number {
  return located(path, () => integerWithin('', value, min, max));
}

/** A number from `min` to `max`. */
export function numberAt(value: unknown, path: Path, min: number, max: number): number {
  return located(path, () => numberWithin('', value, min, max));
}

/** What is thrown inside is thrown with its place. */
function located(path: Path, read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof OutOfBounds) {
      const { value: number, min, max } = error;
      throw new ProfileError(path, number, said('__min__ to __max__ is allowed', { min, max }));
    }
    const { value, why } = error as InvalidParameter;
    throw new ProfileError(path, value, why);
  }
}
