import type { NodeAPI } from 'node-red';
import { checkContent, storeOf } from '../palette/files-admin';
import { Library, profilesInFile } from './library';

/** One library for all nodes of a Node-RED. */
const libraries = new WeakMap<object, Library>();

/** The library of the profiles that this Node-RED can name. */
export function libraryOf(RED: NodeAPI): Library {
  const known = libraries.get(RED.events);
  if (known !== undefined) return known;
  const library = new Library(RED.settings.userDir ? storeOf(RED, 'profiles') : undefined);
  libraries.set(RED.events, library);
  library.on('problem', (error) => RED.log.warn(`[phasor] profiles: ${error.message}`));
  // What is uploaded can be used, or is refused.
  checkContent('profiles', (bytes, name) => void profilesInFile(name, bytes.toString('utf8')));
  return library;
}
