import type { Node } from 'node-red';

/** Turns a stored config of one version into one of the next. */
export type Upgrade = (stored: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/**
 * A stored config as the present version has it; what is stored stays as it is until somebody closes the dialog with
 * Done. A config without a version is of the first.
 * @param upgrades the first leads from version 1 to 2, and so on; as many as there are versions before the present
 * one. Fields that were only added need no step: what reads the config has their defaults.
 */
export function upToDate<Config extends object>(
  node: Pick<Node, 'warn'>,
  stored: Config,
  upgrades: readonly Upgrade[] = []
): Config {
  const present = upgrades.length + 1;
  const { version = 1 } = stored as { version?: unknown };
  if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > present) {
    node.warn(
      `this node was stored in version ${String(version)}, and the palette knows up to ${present}: update the palette; until then it reads what it knows`
    );
    return stored;
  }
  let config = stored as Record<string, unknown>;
  for (const upgrade of upgrades.slice((version as number) - 1)) config = upgrade(config);
  return (config === stored ? stored : { ...config, version: present }) as Config;
}
