import { InvalidParameter, integerWithin } from '../music/errors';
import { parseMessages } from '../music/bytes';
import { isEventType, readEvent, type MusicEvent } from '../music/event';
import type { Profile } from '../music/profile';
import { readAt, type At } from '../engine';
import type { Control } from '../palette/control';
import type { Move } from './mapper';

export interface Msg {
  topic?: unknown;
  payload?: unknown;
  at?: unknown;
  role?: unknown;
  profile?: unknown;
}

/** A parameter to be set, before it is known where in time. */
export interface Wanted extends Pick<Move, 'parameter' | 'position' | 'channel' | 'origin'> {
  at: At | undefined;
}

/** What a message asks for. */
export type Request =
  /** Parameters to set, and what is not a parameter and goes on as it is. */
  | { kind: 'moves'; moves: Wanted[]; rest: Msg[] }
  /** Nothing of ours; events in it may tell what was turned at a device. */
  | { kind: 'pass'; events: MusicEvent[] }
  /** Things to do, read and found right. */
  | { kind: 'control'; acts: (() => void)[] };

/** Controls of the node: verbs stand alone, keys carry a value. */
export interface NodeControls {
  verbs: Readonly<Record<string, () => void>>;
  keys: Readonly<Record<string, Control>>;
}

/** Most items in one message, as an alsa out takes them. */
const MAX_BATCH = 4096;

/** What passes untouched though it is no event. */
const PASSING: ReadonlySet<unknown> = new Set(['span', 'beat', 'health', 'follow']);

/**
 * Reads a message. A parameter is what the profile declares, so no control of another node is mistaken for one.
 * Everything is checked before anything is returned. Throws InvalidParameter or OutOfBounds.
 */
export function readRequest(
  msg: Msg,
  profile: Profile | undefined,
  controls: NodeControls,
  nowMs: number
): Request {
  const { payload } = msg;
  if (payload instanceof Uint8Array) return { kind: 'pass', events: eventsIn(payload) };
  if (Array.isArray(payload)) return readBatch(payload, msg, profile, nowMs);
  const type = (payload as { type?: unknown } | null | undefined)?.type;
  if (type === 'parameter')
    return { kind: 'moves', moves: [readMove(payload, msg, profile, nowMs)], rest: [] };
  if (isEventType(type)) return { kind: 'pass', events: eventsIn([payload]) };
  if (PASSING.has(type)) return { kind: 'pass', events: [] };
  return readNamed(msg, profile, controls, nowMs);
}

/** `topic` and a value, an object of parameters and controls, or a verb. */
function readNamed(msg: Msg, profile: Profile | undefined, controls: NodeControls, nowMs: number): Request {
  const { topic, payload } = msg;
  const want = (name: unknown, value: unknown): Request => ({
    kind: 'moves',
    moves: [wanted(name, value, undefined, msg, profile, nowMs)],
    rest: []
  });
  if (profile?.resolve(topic) !== undefined && !isRecord(payload)) return want(topic, payload);
  if (profile?.resolve(msg.role) !== undefined && !isRecord(payload)) return want(msg.role, payload);
  if (typeof topic === 'string' && Object.hasOwn(controls.keys, topic)) {
    return { kind: 'control', acts: [controls.keys[topic](payload)] };
  }
  if (isRecord(payload)) return readRecord(payload, msg, profile, controls, nowMs);
  for (const verb of [payload, topic]) {
    if (typeof verb === 'string' && Object.hasOwn(controls.verbs, verb.trim())) {
      return { kind: 'control', acts: [controls.verbs[verb.trim()]] };
    }
  }
  if (typeof topic === 'string' && topic !== '') needed(profile).find(topic);
  throw new InvalidParameter(
    'payload',
    payload,
    `a topic that names a parameter, an object {parameter: value}, or one of ${Object.keys(controls.verbs).join(', ')} is needed`
  );
}

/** An object of parameters, or one of controls; not of both, since the one may change what the other means. */
function readRecord(
  payload: Record<string, unknown>,
  msg: Msg,
  profile: Profile | undefined,
  controls: NodeControls,
  nowMs: number
): Request {
  const entries = Object.entries(payload);
  if (entries.length === 0 || entries.length > MAX_BATCH) {
    throw new InvalidParameter('payload', payload, 'an object {parameter: value} is needed');
  }
  if (entries.every(([key]) => Object.hasOwn(controls.keys, key))) {
    return { kind: 'control', acts: entries.map(([key, value]) => controls.keys[key](value)) };
  }
  const moves = entries.map(([name, value]) => wanted(name, value, undefined, msg, profile, nowMs));
  return { kind: 'moves', moves, rest: [] };
}

/** A list of events, whole messages with events, or bytes. Without a parameter in it, it passes as it is. */
function readBatch(payload: unknown[], msg: Msg, profile: Profile | undefined, nowMs: number): Request {
  if (payload.length > MAX_BATCH) {
    throw new InvalidParameter('payload', `${payload.length} items`, `at most ${MAX_BATCH} are allowed`);
  }
  if (payload.every((item) => typeof item === 'number')) return { kind: 'pass', events: eventsIn(payload) };
  const items = payload.map((item): Msg => {
    const { payload: inner, at } = (item ?? {}) as Msg;
    return inner === undefined
      ? { ...msg, payload: item, at: at ?? msg.at }
      : { ...msg, ...(item as Msg), at: at ?? msg.at };
  });
  const isMove = ({ payload: inner }: Msg) => (inner as { type?: unknown } | null)?.type === 'parameter';
  if (!items.some(isMove)) return { kind: 'pass', events: eventsIn(items.map((item) => item.payload)) };
  const rest = items.filter((item) => !isMove(item));
  return {
    kind: 'moves',
    moves: items.filter(isMove).map((item) => readMove(item.payload, item, profile, nowMs)),
    rest: rest.map((item) => ({ ...item, topic: (item.payload as { type?: unknown } | null)?.type }))
  };
}

/** `{type: 'parameter', parameter, value, channel}`. */
function readMove(payload: unknown, msg: Msg, profile: Profile | undefined, nowMs: number): Wanted {
  const { parameter, value, channel } = payload as Record<string, unknown>;
  return wanted(parameter, value, channel, msg, profile, nowMs);
}

function wanted(
  name: unknown,
  value: unknown,
  channel: unknown,
  origin: Msg,
  profile: Profile | undefined,
  nowMs: number
): Wanted {
  const { parameter, value: position } = needed(profile).setting(name, value);
  return {
    parameter,
    position,
    channel: channel === undefined ? undefined : integerWithin('channel', channel, 1, 16),
    at: readAt(origin.at, nowMs),
    origin
  };
}

function needed(profile: Profile | undefined): Profile {
  if (profile !== undefined) return profile;
  throw new InvalidParameter('profile', undefined, 'this node has no profile; choose one in the dialog');
}

/** What can be read as events; the rest is for whoever comes behind. */
function eventsIn(items: ArrayLike<unknown>): MusicEvent[] {
  try {
    if (items.length > 0 && typeof items[0] === 'number') {
      return items.length <= MAX_BATCH ? parseMessages(items as ArrayLike<number>) : [];
    }
    return Array.from(items).flatMap((item) =>
      isEventType((item as { type?: unknown } | null)?.type) ? [readEvent(item)] : []
    );
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
