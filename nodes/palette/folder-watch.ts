/** What a file looks like from outside: a change shows in at least one of them. */
interface Seen {
  readonly name: string;
  readonly bytes: number;
  readonly changedMs: number;
}

type OnChange = (names: readonly string[]) => void;

/** How often somebody looks. */
const INTERVAL_MS = 1000;

/**
 * Tells its listeners which files of a folder have appeared, changed or gone. It looks once a second instead of
 * being told by the system: that goes on working when the folder does not exist yet, is replaced, or is on a network.
 */
export class FolderWatch {
  private readonly listeners = new Set<OnChange>();
  private known = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  /** @param list the files of the moment; when it throws, all is taken to be as it was */
  constructor(
    private readonly list: () => readonly Seen[],
    private readonly intervalMs = INTERVAL_MS
  ) {}

  /** Listens for changes from now on. Returns what ends it. */
  add(onChange: OnChange): () => void {
    // A function given twice is two listeners, each with an end of its own.
    const listener: OnChange = (names) => onChange(names);
    if (this.listeners.size === 0) {
      this.known = this.seen() ?? new Map();
      this.timer = setInterval(() => this.look(), this.intervalMs);
      this.timer.unref();
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) clearInterval(this.timer);
    };
  }

  /** Looks now. */
  look(): void {
    if (this.listeners.size === 0) return;
    const before = this.known;
    const now = this.seen() ?? before;
    this.known = now;
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (name) => before.get(name) !== now.get(name)
    );
    if (changed.length === 0) return;
    for (const listener of [...this.listeners]) listener(changed);
  }

  private seen(): Map<string, string> | undefined {
    try {
      return new Map(this.list().map(({ name, bytes, changedMs }) => [name, `${bytes} ${changedMs}`]));
    } catch {
      return undefined;
    }
  }
}
