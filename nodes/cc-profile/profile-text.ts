import { said } from '../music/words';
import { LineCounter, isMap, isScalar, parseDocument, stringify, type Document, type Node } from 'yaml';
import { isTooDeep } from './nesting';
import { ProfileError, readProfile, type Path, type Profile, type RawProfile } from '../music/profile';

/** Longest text that is read as profiles. */
export const MAX_TEXT_BYTES = 256 * 1024;

/** Most profiles in one text. */
const MAX_PROFILES = 32;

/** The key that profiles stand under where a text holds several, or something else beside them. */
const ROOT_KEY = 'cc_profiles';

/**
 * Reads profiles from YAML or JSON (which YAML includes): `cc_profiles: {my_synth: {…}}`, or one profile, which takes
 * its id from `fallbackId`.
 * Throws ProfileError with line and column.
 */
export function profilesFromText(text: string, fallbackId = 'my_synth'): Profile[] {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    throw new ProfileError(
      [],
      `${text.length} characters`,
      said('at most __most__ kB are read', { most: MAX_TEXT_BYTES / 1024 })
    );
  }
  const lines = new LineCounter();
  const document = parse(text, lines);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ProfileError([], firstLine(text, line), firstOf(error.message)).at(line, col);
  }
  // Each alias is one copy; a text that multiplies itself is refused.
  const raw: unknown = located([], document, lines, () => document.toJS({ maxAliasCount: 100 }));
  return located([], document, lines, () => profilesFromRaw(raw, fallbackId));
}

/**
 * Reads profiles from what a message or a dialog gives: as {@link profilesFromText}, parsed already.
 * Throws ProfileError.
 */
export function profilesFromRaw(raw: unknown, fallbackId = 'my_synth'): Profile[] {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new ProfileError(
      [],
      raw,
      said('"__key__:" with profiles below it, or one profile, is needed', { key: ROOT_KEY })
    );
  }
  if (!Object.hasOwn(raw, ROOT_KEY)) return [readProfile(raw, fallbackId)];
  const all = (raw as Record<string, unknown>)[ROOT_KEY];
  if (typeof all !== 'object' || all === null || Array.isArray(all)) {
    throw new ProfileError([ROOT_KEY], all, 'an object with a profile for each id is needed');
  }
  const entries = Object.entries(all);
  if (entries.length === 0 || entries.length > MAX_PROFILES) {
    throw new ProfileError(
      [ROOT_KEY],
      entries.length,
      said('1 to __most__ profiles are needed', { most: MAX_PROFILES })
    );
  }
  return entries.map(([id, profile]) => readProfile(profile, id));
}

/** A profile as YAML, in the form that {@link profilesFromText} reads. */
export function profileToYaml({ id, raw }: { id: string; raw: RawProfile }): string {
  // Lists of numbers and steps on a line each, so that a parameter is easy to see as a whole.
  return stringify({ [ROOT_KEY]: { [id]: raw } }, { flowCollectionPadding: false, lineWidth: 110 });
}

function parse(text: string, lineCounter: LineCounter): Document {
  if (isTooDeep(text)) {
    throw new ProfileError([], firstLine(text, 1), 'it is nested deeper than a profile can be').at(1, 1);
  }
  return parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
}

/** Finds the place in the text of what is thrown inside. */
function located<T>(base: Path, document: Document, lines: LineCounter, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const known = error instanceof ProfileError;
    const path = known ? error.path : base;
    const { line, col } = lines.linePos(offsetOf(document, path, known && error.value === path.at(-1)));
    const located = known ? error : new ProfileError(path, '', firstOf((error as Error).message));
    throw located.at(line, col);
  }
}

/** Where in the text a path leads, as far as it can be followed: to the value there, or to the key. */
function offsetOf(document: Document, path: Path, toKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = 0;
  // The path starts at the id of a profile, which stands below the root key where there is one.
  const from = isMap(node) && node.has(ROOT_KEY) && path[0] !== ROOT_KEY ? [ROOT_KEY, ...path] : path;
  const steps = isMap(node) && !node.has(ROOT_KEY) && !node.has(path[0]) ? path.slice(1) : from;
  for (const step of steps) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
      if (node?.range && isScalar(node) && !toKey) offset = node.range[0];
    } else {
      const item = (node as { items?: Node[] } | null)?.items?.[Number(step)];
      if (item === undefined) return offset;
      node = item;
      offset = item.range?.[0] ?? offset;
    }
  }
  return offset;
}

function firstOf(message: string): string {
  return message.split('\n')[0];
}

function firstLine(text: string, line: number): string {
  return (text.split('\n', line)[line - 1] ?? '').trim();
}
