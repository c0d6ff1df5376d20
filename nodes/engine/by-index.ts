import { ResourceExhausted } from './errors';

/** What has a place in the shared memory by its number. */
interface Placed {
  readonly index: number;
}

/** The lowest number that nothing has. Throws ResourceExhausted where all are taken. */
export function freeIndex(taken: Iterable<Placed>, limit: number, what: string): number {
  const indices = new Set([...taken].map(({ index }) => index));
  for (let index = 0; index < limit; index++) if (!indices.has(index)) return index;
  throw new ResourceExhausted(what, limit);
}

export function byIndex<T extends Placed>(all: Iterable<T>, index: number): T | undefined {
  for (const each of all) if (each.index === index) return each;
  return undefined;
}
