import type { ControlChangeEvent, MusicEvent } from '../event';

const DATA_ENTRY_MSB = 6;
const DATA_ENTRY_LSB = 38;

/**
 * Controllers of which every message counts: bank select (0, 32), data entry, increment and parameter numbers
 * (6, 38, 96–101), the pedals that hold notes (64, 66). Channel mode messages (120–127) as well.
 */
const KEPT: ReadonlySet<number> = new Set([
  0,
  32,
  DATA_ENTRY_MSB,
  DATA_ENTRY_LSB,
  64,
  66,
  96,
  97,
  98,
  99,
  100,
  101
]);
const FIRST_CHANNEL_MODE = 120;

/** Parameter numbers: the controllers for their high and low seven bits. */
const NUMBERS = { nrpn: { high: 99, low: 98 }, rpn: { high: 101, low: 100 } } as const;

/** 127/127 chooses no parameter: it ends a sequence and sets nothing. */
const NO_PARAMETER = 16383;

/**
 * What the values of an event are a stream of, or undefined where every one of them counts. A parameter is one
 * stream, whatever controllers it travels in.
 * @param channel 1–16, for events that name none
 */
export function streamOf(event: MusicEvent, channel: number): string | undefined {
  switch (event.type) {
    case 'cc':
      return isKept(event.controller) ? undefined : `${event.channel ?? channel} cc ${event.controller}`;
    case 'cc14':
      return isKept(event.controller) ? undefined : `${event.channel ?? channel} cc14 ${event.controller}`;
    case 'nrpn':
    case 'rpn':
      return `${event.channel ?? channel} ${event.type} ${event.parameter}`;
    default:
      return undefined;
  }
}

function isKept(controller: number): boolean {
  return KEPT.has(controller) || controller >= FIRST_CHANNEL_MODE;
}

/** Events that stay together, and what they are a stream of. */
export interface Unit<E> {
  events: E[];
  stream: string | undefined;
}

/**
 * Divides events that came together into units: control changes that choose a parameter and set it (99 and 98, or 101
 * and 100, then 6 and 38 or one of them) make one; every other event is its own.
 * @param channel 1–16, for events that name none
 */
export function unitsOf<E>(
  items: readonly E[],
  eventOf: (item: E) => MusicEvent,
  channel: number
): Unit<E>[] {
  const units: Unit<E>[] = [];
  for (let at = 0; at < items.length;) {
    const events = items.slice(at, at + 4).map(eventOf);
    const sequence = parameterIn(events, channel);
    const length = sequence?.length ?? 1;
    const stream = sequence === undefined ? streamOf(events[0], channel) : sequence.stream;
    units.push({ events: items.slice(at, at + length), stream });
    at += length;
  }
  return units;
}

/** The whole parameter sequence that events begin with. */
function parameterIn(
  events: readonly MusicEvent[],
  channel: number
): { length: number; stream: string } | undefined {
  const [first, second, third, fourth] = events;
  if (!isControl(first) || !isControl(second) || !isControl(third)) return undefined;
  const on = first.channel ?? channel;
  const isHere = (event: ControlChangeEvent) => (event.channel ?? channel) === on;
  if (!isHere(second) || !isHere(third) || !isData(third)) return undefined;
  for (const [type, { high, low }] of Object.entries(NUMBERS)) {
    const msb = [first, second].find(({ controller }) => controller === high);
    const lsb = [first, second].find(({ controller }) => controller === low);
    if (msb === undefined || lsb === undefined) continue;
    const parameter = (msb.value << 7) | lsb.value;
    if (parameter === NO_PARAMETER) return undefined;
    const isPair =
      isControl(fourth) && isHere(fourth) && isData(fourth) && fourth.controller !== third.controller;
    return { length: isPair ? 4 : 3, stream: `${on} ${type} ${parameter}` };
  }
  return undefined;
}

function isControl(event: MusicEvent | undefined): event is ControlChangeEvent {
  return event?.type === 'cc';
}

function isData({ controller }: ControlChangeEvent): boolean {
  return controller === DATA_ENTRY_MSB || controller === DATA_ENTRY_LSB;
}
