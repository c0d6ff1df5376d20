/**
 * What stands behind "=": how a step is played. `1:4`, `fill`, `!first`, `$dark` are conditions, `x3` strikes it three
 * times, `cutoff:0.4` and `wave:saw` lock a parameter, and `cc74:64` sends a controller with it.
 */
import { readCondition } from '../player/condition';
import { MAX_PARAMETER_LENGTH, MAX_RATCHET } from '../step';
import type { Wording } from '../words';
import { CONTROL_VALUE, LOCK_VALUE, type NumberRange } from './ranges';
import type { Style } from './tree';

/** A control change by its number. */
export const CONTROLLER = /^cc(\d{1,3})$/i;

/** What was expected where a setting cannot be read. */
export const SETTING: Wording =
  'a condition (1:4, fill, prev, first, $name, or with ! before), x and how often it is struck (x3), a parameter and its value from 0 to 1 or label (cutoff:0.5), or a controller and its value from 0 to 127 (cc74:64)';

/** A setting, or one whose value stands in `< >` behind it and differs from cycle to cycle. */
export type Setting =
  { readonly style: Style } | { readonly range: NumberRange; styleOf(value: number): Style };

/** Reads a setting; undefined where it is none. */
export function readSetting(text: string): Setting | undefined {
  const strikes = /^x(\d{1,2})$/i.exec(text);
  if (strikes) {
    const ratchet = Number(strikes[1]);
    return ratchet >= 1 && ratchet <= MAX_RATCHET ? { style: { ratchet } } : undefined;
  }
  const [, name, value] = /^([A-Za-z][\w-]*):(.*)$/s.exec(text) ?? [];
  if (name === undefined) return condition(text);
  const controller = CONTROLLER.exec(name)?.[1];
  if (controller !== undefined) return control(Number(controller), value);
  if (name.length > MAX_PARAMETER_LENGTH || value.length > MAX_PARAMETER_LENGTH) return undefined;
  const styleOf = (lock: number | string): Style => ({ locks: { [name]: lock } });
  if (value === '') return { range: LOCK_VALUE, styleOf };
  if (!/^[\d.]+$/.test(value)) return { style: styleOf(value) };
  const number = Number(value);
  return number >= 0 && number <= 1 ? { style: styleOf(number) } : undefined;
}

function control(controller: number, value: string): Setting | undefined {
  if (controller > 127) return undefined;
  const styleOf = (number: number): Style => ({ controls: { [controller]: number } });
  if (value === '') return { range: CONTROL_VALUE, styleOf };
  return /^\d{1,3}$/.test(value) && Number(value) <= 127 ? { style: styleOf(Number(value)) } : undefined;
}

function condition(text: string): Setting | undefined {
  try {
    readCondition(text);
    return { style: { condition: text } };
  } catch {
    return undefined;
  }
}
