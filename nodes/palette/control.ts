import { InvalidParameter } from '../music/errors';

/** Reads the value of a control and returns what to do about it; throws where the value is wrong. */
export type Control = (value: unknown) => () => void;

/** The controls of a node: verbs stand alone, keys carry a value. */
export interface Controls {
  verbs?: Readonly<Record<string, () => void>>;
  keys: Readonly<Record<string, Control>>;
}

/**
 * Obeys a control message. The payload is a verb, or an object of known keys, or a topic names a key and the payload
 * is its value. Everything is read before anything is done, so a message is obeyed as a whole or not at all.
 * Throws InvalidParameter for what is not known.
 */
export function obey({ verbs = {}, keys }: Controls, msg: { topic?: unknown; payload?: unknown }): void {
  for (const act of read({ verbs, keys }, msg)) act();
}

function read(
  { verbs = {}, keys }: Controls,
  { topic, payload }: { topic?: unknown; payload?: unknown }
): (() => void)[] {
  if (
    typeof payload === 'object' &&
    payload !== null &&
    !Array.isArray(payload) &&
    !ArrayBuffer.isView(payload)
  ) {
    if (typeof topic === 'string' && Object.hasOwn(keys, topic)) return [keys[topic](payload)];
    const entries = Object.entries(payload);
    const unknown = entries.find(([key]) => !Object.hasOwn(keys, key));
    if (unknown !== undefined || entries.length === 0) {
      throw new InvalidParameter('payload', unknown?.[0] ?? payload, allowed(verbs, keys));
    }
    return entries.map(([key, value]) => keys[key](value));
  }
  if (typeof topic === 'string' && Object.hasOwn(keys, topic)) return [keys[topic](payload)];
  for (const verb of [payload, topic]) {
    if (typeof verb === 'string' && Object.hasOwn(verbs, verb.trim())) return [verbs[verb.trim()]];
  }
  throw new InvalidParameter('payload', payload, allowed(verbs, keys));
}

/** What would have been right, for a message. */
function allowed(verbs: object, keys: object): string {
  const choices = [
    Object.keys(verbs).length > 0 ? `one of ${list(verbs)}` : '',
    Object.keys(keys).length > 0 ? `an object with ${list(keys)}` : ''
  ];
  return `${choices.filter(Boolean).join(', or ')} is needed`;
}

function list(record: object): string {
  return Object.keys(record).join(', ');
}

/** Types of message of the second output of a clock or a pattern: they tell, and ask for nothing. */
const TIDINGS: ReadonlySet<unknown> = new Set(['beat', 'health', 'follow', 'file', 'mutation', 'frozen']);

/** Whether a message only tells how things are, so that a node which does not care lets it be. */
export function isTidings(type: unknown): boolean {
  return TIDINGS.has(type);
}

/** A number, also as text: what a dialog stores and what a sensor sends. Throws InvalidParameter. */
export function toNumber(name: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new InvalidParameter(name, value, 'a number is needed');
  }
  return number;
}

/** A truth value, also as text or number. Throws InvalidParameter. */
export function toBoolean(name: string, value: unknown): boolean {
  if (value === true || value === 'true' || value === 1 || value === 'on') return true;
  if (value === false || value === 'false' || value === 0 || value === 'off') return false;
  throw new InvalidParameter(name, value, 'true or false is needed');
}
