import { watch, type FSWatcher } from 'node:fs';
import { PortNames, type RtMidiPorts } from './rtmidi-names';

/** Where Linux makes and removes the files of sound cards. */
const DEVICES = '/dev/snd';

/** A card makes several files; the list is read when they have had time to appear. */
const SETTLE_MS = 50;

/** What changed: the names of the ports, or behind the same names the ports themselves. */
export interface PortChange {
  /** Something was unplugged and is back already: what was open before is dead. */
  replugged: boolean;
}

/**
 * Watches the list of ports for the main thread, because RtMidi tells no changes: once a second, and on Linux at once
 * when a device file comes or goes, so that a plug that is out and in again between two looks is seen as well.
 */
export class RtMidiPortWatch {
  private readonly lists: PortNames[];
  private readonly timer: NodeJS.Timeout;
  private files: FSWatcher | undefined;
  private settling: NodeJS.Timeout | undefined;
  private names: string;
  private raw: string;
  private removed = false;

  /**
   * @param create makes handles that are never opened: one of an output, one of an input
   * @param onChange called after each change
   * @param devices folder to watch; undefined for none
   * @throws PortUnavailable
   */
  constructor(
    create: readonly (() => RtMidiPorts)[],
    private readonly onChange: (change: PortChange) => void,
    pollMs = 1000,
    devices: string | undefined = process.platform === 'linux' ? DEVICES : undefined
  ) {
    this.lists = create.map((make) => new PortNames(make));
    this.names = this.readNames();
    this.raw = this.readRaw();
    this.timer = setInterval(() => this.look(), pollMs);
    this.timer.unref();
    if (devices !== undefined) this.watchFiles(devices);
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.settling);
    this.files?.close();
    for (const list of this.lists) list.dispose();
  }

  /** Compares with the last look. */
  private look(): void {
    const names = this.readNames();
    const raw = this.readRaw();
    const replugged = names === this.names && (raw !== this.raw || this.removed);
    const changed = names !== this.names || replugged;
    this.names = names;
    this.raw = raw;
    this.removed = false;
    if (changed) this.onChange({ replugged });
  }

  private watchFiles(folder: string): void {
    try {
      this.files = watch(folder, { persistent: false }, (event, file) => {
        // Opening a port writes to no folder; only what comes and goes is a "rename".
        if (event !== 'rename' || !/^midiC/.test(file ?? '')) return;
        this.removed = true;
        clearTimeout(this.settling);
        this.settling = setTimeout(() => this.look(), SETTLE_MS);
        this.settling.unref();
      });
      this.files.on('error', () => this.files?.close());
    } catch {
      // In a container there may be no such folder: the poll is enough.
    }
  }

  private readNames(): string {
    return this.lists.map((list) => list.read().join('\n')).join('\n\n');
  }

  private readRaw(): string {
    return this.lists.map((list) => list.readRaw()).join('\n\n');
  }
}
