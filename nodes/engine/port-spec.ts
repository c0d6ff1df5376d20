import type { PortAddress } from './core/commands';
import type { PortInfo } from './ports/driver';
import { LOOPBACK_NAME } from './ports/loopback';

export const PORT_MODES = ['auto', 'name', 'pattern', 'virtual', 'loopback'] as const;

/** How a device names its port. */
export interface PortSpec {
  /**
   * auto: the first hardware port, loopback where there is none. name: exactly this one. pattern: the first that
   * fits, with * and ?. virtual: a port of ours for others to connect to. loopback: a port inside this process.
   */
  mode: (typeof PORT_MODES)[number];
  /** The name or pattern; unused with auto. */
  port: string;
}

/** Finds the output port that a spec means among those there are; undefined where there is none (yet). */
export function resolvePort({ mode, port }: PortSpec, ports: readonly PortInfo[]): PortAddress | undefined {
  const outputs = ports.filter(({ direction, kind }) => direction === 'out' && kind !== 'loopback');
  const hardware = (found: PortInfo | undefined): PortAddress | undefined =>
    found && { driver: 'hardware', name: found.name, virtual: false };
  switch (mode) {
    case 'auto':
      return (
        hardware(outputs.find(({ kind }) => kind === 'hardware')) ?? {
          driver: 'loopback',
          name: LOOPBACK_NAME,
          virtual: false
        }
      );
    case 'name':
      return hardware(outputs.find(({ name }) => name === port));
    case 'pattern':
      return hardware(outputs.find(({ name }) => matchesGlob(name, port)));
    case 'virtual':
      return { driver: 'hardware', name: port, virtual: true };
    case 'loopback':
      return { driver: 'loopback', name: port || LOOPBACK_NAME, virtual: false };
  }
}

/**
 * Finds the input port that a spec means; undefined where there is none (yet). auto: the hardware input with the name
 * of the output `beside` it, or the first one there is; never a loopback port, which would hear what is played.
 */
export function resolveInput(
  { mode, port }: PortSpec,
  ports: readonly PortInfo[],
  beside = ''
): PortAddress | undefined {
  const inputs = ports.filter(({ direction, kind }) => direction === 'in' && kind !== 'loopback');
  const found = (fits: (info: PortInfo) => boolean): PortAddress | undefined => {
    const info = inputs.find(fits);
    return info && { driver: 'hardware', name: info.name, virtual: false };
  };
  switch (mode) {
    case 'auto':
      return (
        found(({ name, kind }) => kind === 'hardware' && matchesGlob(name, beside)) ??
        found(({ kind }) => kind === 'hardware')
      );
    case 'name':
      return found(({ name }) => name === port);
    case 'pattern':
      return found(({ name }) => matchesGlob(name, port));
    case 'virtual':
      return { driver: 'hardware', name: port, virtual: true };
    case 'loopback':
      return { driver: 'loopback', name: port || LOOPBACK_NAME, virtual: false };
  }
}

/**
 * Whether a name fits a pattern with * and ?, without regard to case. Goes back to the last star only, so no
 * pattern takes more than name × pattern steps.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  const text = name.toLowerCase();
  const glob = pattern.toLowerCase();
  let at = 0;
  let here = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (here < glob.length && (glob[here] === '?' || (glob[here] === text[at] && glob[here] !== '*'))) {
      at++;
      here++;
    } else if (glob[here] === '*') {
      star = here++;
      resume = at;
    } else if (star >= 0) {
      here = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (glob[here] === '*') here++;
  return here === glob.length;
}
