import { PhasorError } from '../music/errors';

/** No file of that name is in the store (yet). */
export class FileNotFound extends PhasorError {
  readonly code = 'FileNotFound';
  override readonly recoverable = true;

  constructor(
    readonly file: string,
    readonly folder: string
  ) {
    super(`there is no file "${file}" in ${folder}`);
  }
}

/** The file or its folder is there, or should be, and cannot be used: not permitted, disk full, no plain file. */
export class FileUnavailable extends PhasorError {
  readonly code = 'FileUnavailable';
  override readonly recoverable = true;

  constructor(
    readonly file: string,
    readonly reason: string
  ) {
    super(`${file} cannot be used: ${reason}`);
  }
}

/** More bytes than a file of its kind may have. */
export class FileTooLarge extends PhasorError {
  readonly code = 'FileTooLarge';

  constructor(
    readonly file: string,
    readonly maxBytes: number
  ) {
    super(`${file} is too large: at most ${maxBytes} bytes are allowed`);
  }
}

/** In plain words, what the system said; its code stays for those who look it up. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'Node-RED is not allowed to',
  EPERM: 'Node-RED is not allowed to',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'a folder has that name',
  EISDIR: 'a folder has that name',
  ELOOP: 'it is a symbolic link'
};

/** What the system said about `file` in `folder`, as an error of ours; ours are returned as they are. */
export function fileError(error: unknown, file: string, folder: string): Error {
  if (error instanceof PhasorError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  if (code === 'ENOENT') return new FileNotFound(file, folder);
  return new FileUnavailable(file, Object.hasOwn(REASONS, code) ? `${REASONS[code]} (${code})` : message);
}
