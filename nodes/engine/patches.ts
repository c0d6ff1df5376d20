import type { PortAddress } from './core/commands';
import { PATCH_BYTES } from './core/patch';

interface Kept {
  memory: SharedArrayBuffer;
  /** Ids of the devices for which it is kept. */
  readonly devices: Set<string>;
}

/**
 * What each port was last set to, for the devices that want it set so again. It outlives the port and the worker, and is
 * kept for as long as one of them plays to that port by its config.
 */
export class Patches {
  private readonly kept = new Map<string, Kept>();

  /** The memory of a port, kept for a device from now on; devices that share the port share it. */
  of(device: string, { driver, virtual, name }: PortAddress): SharedArrayBuffer {
    const key = `${driver}${virtual ? ' virtual' : ''} ${name}`;
    let kept = this.kept.get(key);
    if (kept === undefined) {
      kept = { memory: new SharedArrayBuffer(PATCH_BYTES), devices: new Set() };
      this.kept.set(key, kept);
    }
    kept.devices.add(device);
    return kept.memory;
  }

  /** The device is gone, plays to other ports, or wants nothing restored: what was kept for it alone is forgotten. */
  forget(device: string): void {
    for (const [key, { devices }] of this.kept) {
      devices.delete(device);
      if (devices.size === 0) this.kept.delete(key);
    }
  }
}
