import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../support/node-red';

const CORE = join(ROOT, 'node_modules', '@node-red', 'nodes', 'core');
const NEEDED = [
  '05-junction.js',
  '10-function.js',
  '20-inject.js',
  '21-debug.js',
  '90-comment.js',
  '98-unknown.js'
];
/** Node-RED's own nodes that no flow here has: loading all of them takes long in the guest. */
export const NOT_NEEDED = readdirSync(CORE, { recursive: true })
  .map((path) => basename(String(path)))
  .filter((name) => /^(\d.*|rbe)\.js$/.test(name) && !NEEDED.includes(name));
