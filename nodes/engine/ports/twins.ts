import type { PortInfo } from './driver';

/** A port whose name others may have as well, with the numbers that the system gave it. */
export interface Twin {
  name: string;
  readonly direction: PortInfo['direction'];
  readonly client: number;
  readonly port: number;
  /** Somebody has it open under the name that it was given last. */
  readonly isHeld: boolean;
}

/**
 * Puts ` #2`, ` #3` … behind the names of ports that share theirs, in the order given. One that is held keeps its number:
 * who plays to the second of two is not moved to the first when that one is pulled. The others take the lowest free.
 * @param known the numbers given before
 * @returns the numbers given now, for the next time
 */
export function nameTwins(ports: readonly Twin[], known: ReadonlyMap<string, number>): Map<string, number> {
  const given = new Map<string, number>();
  const taken = new Map<string, Set<number>>();
  const give = (twin: Twin, number: number) => {
    given.set(keyOf(twin), number);
    const name = nameOf(twin);
    taken.set(name, (taken.get(name) ?? new Set()).add(number));
  };
  for (const twin of ports) {
    const number = known.get(keyOf(twin));
    if (twin.isHeld && number !== undefined) give(twin, number);
  }
  for (const twin of ports) {
    if (given.has(keyOf(twin))) continue;
    let number = 1;
    while (taken.get(nameOf(twin))?.has(number)) number++;
    give(twin, number);
  }
  for (const twin of ports) {
    const number = given.get(keyOf(twin)) ?? 1;
    if (number > 1) twin.name += ` #${number}`;
  }
  return given;
}

function nameOf({ direction, name }: Twin): string {
  return `${direction} ${name}`;
}

function keyOf(twin: Twin): string {
  return `${nameOf(twin)} ${twin.client}:${twin.port}`;
}
