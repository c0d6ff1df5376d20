import { InvalidParameter } from '../music/errors';
import { toBoolean, type Control, type Controls } from '../palette/control';
import type { PatternPart } from './part';
import { FIELDS, WHENS, type PatternFields, type When } from './pattern-config';
import type { Change } from './performer';

/** A message to a pattern node, as far as it is a control. */
export interface ControlMessage {
  topic?: unknown;
  payload?: unknown;
  when?: unknown;
  at?: unknown;
}

/**
 * What a pattern can be told; one table for messages and help. A control only notes what is asked for in `draft`, so
 * that a message is read, checked and obeyed as a whole.
 * @param acts takes what the parts are to do once the draft is obeyed
 */
export function patternControls(
  draft: Change,
  msg: ControlMessage,
  parts: readonly PatternPart[],
  acts: (() => void)[]
): Controls {
  const later = (act: () => void) => () => void acts.push(act);
  const field =
    (key: keyof PatternFields): Control =>
    (value) =>
    () => {
      draft.fields = { ...draft.fields, [key]: value };
    };
  const flag =
    (key: 'mute' | 'solo' | 'fill'): Control =>
    (value) => {
      const on = toBoolean(key, value);
      return () => {
        draft[key] = on;
      };
    };
  const values: Control = (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidParameter('values', value, 'an object of names and values is needed');
    }
    return () => {
      draft.values = { ...draft.values, ...value };
    };
  };
  const pattern: Control = (value) => {
    if (typeof value !== 'object' || value === null) {
      throw new InvalidParameter('pattern', value, 'a pattern as JSON is needed');
    }
    return () => {
      draft.fields = { ...draft.fields, source: 'grid', grid: JSON.stringify(value) };
    };
  };
  const partsOf = <Which extends 'verbs' | 'keys'>(which: Which): Required<Controls>[Which] =>
    Object.assign({}, ...parts.map(({ controls }) => controls?.[which] ?? {}));
  return {
    verbs: {
      ...mapped(partsOf('verbs'), later),
      launch: () => {
        draft.launch = readPlace(msg.at) ?? true;
      }
    },
    keys: {
      ...Object.fromEntries(FIELDS.map((key) => [key, field(key)])),
      ...mapped(partsOf('keys'), (control: Control) => (value: unknown) => later(control(value))),
      mute: flag('mute'),
      solo: flag('solo'),
      fill: flag('fill'),
      // What an alsa in has recorded, or a node has exported; it takes the place of the grid.
      pattern,
      value: values,
      values,
      when: (value) => {
        const when = readWhen(value);
        return () => {
          draft.when = when;
        };
      },
      launch: (value) => {
        const launched = toBoolean('launch', value);
        return () => {
          if (launched) draft.launch = readPlace(msg.at) ?? true;
        };
      }
    }
  };
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** Topics whose payload is an object with keys of its own. */
const HOLD_OBJECTS: ReadonlySet<unknown> = new Set(['grid', 'pattern', 'mutation', 'value', 'values']);

/** The message with a `when` of its payload as its own, where everything looks for it. */
export function withWhen(msg: ControlMessage): ControlMessage {
  const { topic, payload } = msg;
  if (msg.when !== undefined || HOLD_OBJECTS.has(topic)) return msg;
  if (typeof payload !== 'object' || payload === null || ArrayBuffer.isView(payload)) return msg;
  const { when, ...others } = payload as Record<string, unknown>;
  return when === undefined || Object.keys(others).length === 0 ? msg : { ...msg, when, payload: others };
}

/** Throws InvalidParameter. */
export function readWhen(value: unknown): When {
  if (WHENS.includes(value as When)) return value as When;
  throw new InvalidParameter('when', value, `one of ${WHENS.join(', ')} is needed`);
}

/** Where a message that was made from an event wants to be obeyed. */
function readPlace(at: unknown): Exclude<Change['launch'], true> {
  const { clock, epoch, tick } = (at ?? {}) as Record<string, unknown>;
  return typeof clock === 'string' && Number.isInteger(epoch) && Number.isFinite(tick)
    ? { clock, epoch: epoch as number, tick: tick as number }
    : undefined;
}
