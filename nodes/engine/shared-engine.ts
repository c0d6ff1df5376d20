import { said } from '../music/words';
import { Engine } from './engine';
import { Internal } from './errors';
import { ownPackage, PACKAGE_NAME } from './package';
import type { EngineSettings } from './settings';

/** Where the one engine of this process is kept: modules may be loaded twice, the process has one global object. */
const KEY: unique symbol = Symbol.for(PACKAGE_NAME);

interface Shared {
  version: string;
  engine: Engine;
  users: number;
  ending: NodeJS.Timeout | undefined;
}

const registry = globalThis as { [KEY]?: Shared };

const { version } = ownPackage();

/** A node's hold on the engine. */
export interface EngineLease {
  readonly engine: Engine;
  /** Gives it back; the engine ends some time after its last user did. */
  release(): void;
}

/**
 * The engine of this process, started for its first user. `makeSettings` is called only if it has to be started.
 * Throws Internal where another version of this package started it.
 */
export function acquireEngine(makeSettings: () => EngineSettings): EngineLease {
  let shared = registry[KEY];
  if (shared !== undefined && shared.version !== version) {
    throw new Internal(
      said('restart Node-RED: version __running__ of the engine is running, this is __version__', {
        running: shared.version,
        version
      })
    );
  }
  if (shared === undefined) {
    shared = registry[KEY] = { version, engine: new Engine(makeSettings()), users: 0, ending: undefined };
  }
  return hold(shared);
}

/** The engine that runs in this process, if one does. */
export function runningEngine(): Engine | undefined {
  return registry[KEY]?.engine;
}

/** For tests: makes an engine the one of this process. */
export function installEngine(engine: Engine): void {
  registry[KEY] = { version, engine, users: 0, ending: undefined };
}

/** Ends the engine at once, whoever uses it. */
export async function disposeEngine(): Promise<void> {
  const shared = registry[KEY];
  delete registry[KEY];
  clearTimeout(shared?.ending);
  await shared?.engine.dispose();
}

function hold(shared: Shared): EngineLease {
  shared.users++;
  clearTimeout(shared.ending);
  let held = true;
  return {
    engine: shared.engine,
    release: () => {
      if (!held) return;
      held = false;
      if (--shared.users > 0) return;
      shared.ending = setTimeout(() => {
        if (registry[KEY] === shared) void disposeEngine();
      }, shared.engine.settings.graceMs);
      shared.ending.unref();
    }
  };
}
