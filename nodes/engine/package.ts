import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const PACKAGE_NAME = '@phasor-midi/node-red-phasor';

/** Our own package, looked for from the compiled file upwards: its depth differs between builds. */
export function ownPackage(): { folder: string; version: string } {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >;
      if (name === PACKAGE_NAME) return { folder, version };
    } catch {
      // no package.json here
    }
    if (folder === dirname(folder)) throw new Error(`the folder of ${PACKAGE_NAME} was not found`);
  }
}
