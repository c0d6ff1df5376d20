import type { PortInfo } from '../../engine/ports/driver';

/** Asks the runtime for the MIDI ports of this moment; undefined where it cannot tell. */
export async function fetchPorts(): Promise<readonly PortInfo[] | undefined> {
  try {
    const answer = (await $.getJSON('phasor/ports')) as { ports?: PortInfo[]; driver?: string };
    // Without an engine there is no list yet, not an empty one.
    return Array.isArray(answer.ports) && answer.driver !== 'none' ? answer.ports : undefined;
  } catch {
    return undefined;
  }
}

/** Names of what can be played to, each once. The embedded loopback ports are no place for an instrument. */
export function outputNames(ports: readonly PortInfo[]): string[] {
  const outputs = ports.filter(({ direction, kind }) => direction === 'out' && kind !== 'loopback');
  return [...new Set(outputs.map(({ name }) => name))];
}
