import { PortUnavailable } from '../errors';
import type { PortInfo } from './driver';

/** What inputs and outputs of RtMidi have in common. */
export interface RtMidiPorts {
  getPortCount(): number;
  getPortName(index: number): string;
  destroy(): void;
}

/** ALSA gives programs client numbers from here on; the kernel's own clients have lower ones. */
const FIRST_PROGRAM = 128;

interface NamedPort {
  name: string;
  kind: PortInfo['kind'];
}

/** The names of the ports of one direction, read through a handle that is never opened: a new one per reading is slow. */
export class PortNames {
  private readonly handle: RtMidiPorts;

  constructor(create: () => RtMidiPorts) {
    try {
      this.handle = create();
    } catch (error) {
      throw new PortUnavailable('RtMidi', reasonOf(error));
    }
  }

  /** All ports but those of RtMidi clients, which may be our own; twins are numbered. */
  ports(): NamedPort[] {
    return this.scan().filter(({ name }) => name !== '');
  }

  read(): string[] {
    return this.ports().map(({ name }) => name);
  }

  /** The names with the numbers of the system, which are others when a port was away in the meantime. */
  readRaw(): string {
    const names: string[] = [];
    for (let index = 0; index < this.handle.getPortCount(); index++) {
      const name = this.handle.getPortName(index);
      if (!name.startsWith('RtMidi ')) names.push(name);
    }
    return names.join('\n');
  }

  /** Index of a port for `openPort`, -1 if there is none of that name. */
  indexOf(name: string): number {
    return this.scan().findIndex((port) => port.name === name);
  }

  dispose(): void {
    this.handle.destroy();
  }

  /** One port per index, without a name where it is hidden. */
  private scan(): NamedPort[] {
    const ports: NamedPort[] = [];
    const counts = new Map<string, number>();
    const count = this.handle.getPortCount();
    for (let index = 0; index < count; index++) {
      const given = this.handle.getPortName(index);
      const stable = stableName(given);
      const twin = (counts.get(stable) ?? 0) + 1;
      counts.set(stable, twin);
      const name = twin === 1 ? stable : `${stable} #${twin}`;
      ports.push({ name: stable.startsWith('RtMidi ') ? '' : name, kind: kindOf(given) });
    }
    return ports;
  }
}

/** On Linux RtMidi puts the client and port numbers behind the name; they change when a device is plugged in again. */
function stableName(name: string): string {
  return process.platform === 'linux' ? name.replace(/ \d+:\d+$/, '') : name;
}

/** RtMidi does not tell what is behind a port; on Linux the client's name and number do. */
function kindOf(given: string): PortInfo['kind'] {
  if (process.platform !== 'linux') return 'hardware';
  if (given.startsWith('Midi Through')) return 'through';
  const client = Number(/ (\d+):\d+$/.exec(given)?.[1] ?? 0);
  return client >= FIRST_PROGRAM || given.startsWith('Virtual Raw MIDI') ? 'software' : 'hardware';
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
