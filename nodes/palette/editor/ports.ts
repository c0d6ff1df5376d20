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
  const outputs = ports.filter(({ direction, kind }) => direction === 'out' && kind !== 'loopback');
  return [...new Set(outputs.map(({ name }) => name))];
}
