/** The kinds of files that people keep for our nodes, and how such a file may be called; also for the dialogs. */
import { said, type Words } from '../music/words';
import { InvalidParameter } from '../music/errors';

export type FileKind = 'patterns' | 'profiles';

interface KindRules {
  /** Without the dot, in lower case. */
  readonly extensions: readonly string[];
  readonly maxBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/** A pattern of 10⁵ events takes about 1 MiB as a MIDI file and 12 MiB as JSON. */
export const FILE_KINDS: Readonly<Record<FileKind, KindRules>> = {
  patterns: { extensions: ['mid', 'midi', 'json'], maxBytes: 16 * MEBIBYTE },
  profiles: { extensions: ['yaml', 'yml', 'json', 'csv'], maxBytes: MEBIBYTE }
};

export function isFileKind(kind: unknown): kind is FileKind {
  return typeof kind === 'string' && Object.hasOwn(FILE_KINDS, kind);
}

/** Longest name in bytes of UTF-8: file systems take 255, and a temporary name is a little longer. */
const MAX_NAME_BYTES = 200;

/** Letters, digits and what is harmless in a file name of any system; no dot in front, no space at either end. */
const ALLOWED = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N} _\-.,+#&()']*$/u;
const NOT_ALLOWED = /[^\p{L}\p{M}\p{N} _\-.,+#&()']+/gu;
/** Names that Windows keeps for devices, whatever their extension. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)\./i;

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The extension of a name in lower case, without the dot; '' where there is none. */
export function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1].toLowerCase() ?? '';
}

/**
 * The name under which a file of this kind is stored: what was given, when it is a plain file name (no folders, at
 * most 200 bytes) with an extension of its kind. Throws InvalidParameter.
 */
export function checkFileName(kind: FileKind, raw: unknown): string {
  const refuse = (reason: Words): never => {
    throw new InvalidParameter('file', raw, reason);
  };
  if (typeof raw !== 'string') return refuse('the name of a file is needed');
  const name = raw.normalize('NFC');
  const { extensions } = FILE_KINDS[kind];
  if (!extensions.includes(extensionOf(name)))
    refuse(said('a name that ends in __endings__ is needed', { endings: `.${extensions.join(', .')}` }));
  if (bytesOf(name) > MAX_NAME_BYTES)
    refuse(said('at most __most__ bytes are allowed', { most: MAX_NAME_BYTES }));
  if (!ALLOWED.test(name) || DEVICES.test(name))
    refuse("a file name without folders is needed, of letters, digits, spaces and _ - . , + # & ( ) '");
  return name;
}

/**
 * A name that checkFileName accepts, as near as possible to any text: that of a file on somebody's computer, or the
 * title of a pattern. `extension` is appended where the text ends in none of its kind.
 */
export function toFileName(kind: FileKind, text: string, extension: string): string {
  const plain = text.normalize('NFC').split(/[\\/]/).pop()!;
  const known = FILE_KINDS[kind].extensions.includes(extensionOf(plain));
  const ending = known ? plain.slice(plain.lastIndexOf('.')).toLowerCase() : `.${extension}`;
  let stem = (known ? plain.slice(0, plain.lastIndexOf('.')) : plain)
    .replace(NOT_ALLOWED, '-')
    .replace(/^[^\p{L}\p{N}_]+/u, '')
    .trimEnd();
  while (bytesOf(stem + ending) > MAX_NAME_BYTES) stem = [...stem].slice(0, -1).join('').trimEnd();
  if (stem === '') stem = 'unnamed';
  return DEVICES.test(stem + ending) ? `_${stem}${ending}` : stem + ending;
}
