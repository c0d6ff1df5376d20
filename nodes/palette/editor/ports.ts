/** A MIDI port as the runtime lists it. */
export interface ListedPort {
  readonly name: string;
  readonly direction: 'in' | 'out';
  readonly kind: 'hardware' | 'software' | 'through' | 'loopback';
}

/** Asks the runtime for the MIDI ports of this moment; undefined where it cannot tell. */
export async function fetchPorts(): Promise<readonly ListedPort[] | undefined> {
  try {
    const answer = (await $.getJSON('phasor/ports')) as { ports?: unknown };
    return Array.isArray(answer.ports) ? (answer.ports as ListedPort[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Names of what can be played to, each once. The embedded loopback ports are no place for an instrument. */
export function outputNames(ports: readonly ListedPort[]): string[] {
  const outputs = ports.filter(({ direction, kind }) => direction === 'out' && kind !== 'loopback');
  return [...new Set(outputs.map(({ name }) => name))];
}

/** The first hardware output: what `auto` stands for. */
export function firstHardware(ports: readonly ListedPort[]): string | undefined {
  return ports.find(({ direction, kind }) => direction === 'out' && kind === 'hardware')?.name;
}

/** Whether a name fits a pattern in which `*` stands for anything and `?` for one character; case does not matter. */
export function fits(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'i').test(name);
}
