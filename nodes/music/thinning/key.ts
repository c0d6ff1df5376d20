import type { MusicEvent } from '../event';

/**
 * Controllers of which every message counts: bank select (0, 32), data entry, increment and parameter numbers
 * (6, 38, 96–101), the pedals that hold notes (64, 66). Channel mode messages (120–127) as well.
 */
const KEPT: ReadonlySet<number> = new Set([0, 32, 6, 38, 64, 66, 96, 97, 98, 99, 100, 101]);
const FIRST_CHANNEL_MODE = 120;

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
