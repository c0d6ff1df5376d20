import type { PortInfo } from '../../engine/ports/driver';

/** Asks the runtime for the MIDI ports of this moment; undefined where it cannot tell. */
export async function fetchPorts(): Promise<readonly PortInfo[] | undefined> {
  try {
    const { ports } = (await $.getJSON('phasor/ports')) as { ports?: PortInfo[] };
    // An engine always has its loopback port; nothing at all means that none runs yet.
    return ports && ports.length > 0 ? ports : undefined;
  } catch {
    return undefined;
  }
}

/** Names of what can be played to, each once. The embedded loopback ports are no place for an instrument. */
export function outputNames(ports: readonly PortInfo[]): string[] {
  return namesOf(ports, 'out');
}

/** Names of what can be heard, each once. Ports of our own are never among them. */
export function inputNames(ports: readonly PortInfo[]): string[] {
  return namesOf(ports, 'in');
}

function namesOf(ports: readonly PortInfo[], wanted: PortInfo['direction']): string[] {
  const found = ports.filter(({ direction, kind }) => direction === wanted && kind !== 'loopback');
  return [...new Set(found.map(({ name }) => name))];
}
