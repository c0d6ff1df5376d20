import { integerWithin, numberWithin } from '../errors';
import { ProfileError, type Path } from './model';

type Fields = Readonly<Record<string, unknown>>;

/** An object with known keys only. Throws ProfileError at the first key that is not one of them. */
export function fieldsOf(value: unknown, path: Path, known: readonly string[]): Fields {
  const fields = recordOf(value, path, `an object with ${known.join(', ')} is needed`);
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) {
      throw new ProfileError([...path, key], key, `there is no such key; the keys are ${known.join(', ')}`);
    }
  }
  return fields;
}

/** An object that is no list. */
export function recordOf(value: unknown, path: Path, reason: string): Fields {
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
    throw new ProfileError([...path, key], value, `a text of up to ${longest} characters is needed`);
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
    const { value, reason, min, max } = error as {
      value: unknown;
      reason?: string;
      min: number;
      max: number;
    };
    throw new ProfileError(path, value, reason ?? `${min} to ${max} is allowed`);
  }
}
