import { PhasorError } from '../music/errors';
import { said, type Wording, type Words } from '../music/words';

/** No file of that name is in the store (yet). */
export class FileNotFound extends PhasorError {
  readonly code = 'FileNotFound';
  override readonly recoverable = true;

  constructor(
    readonly file: string,
    readonly folder: string
  ) {
    super(said('there is no file "__file__" in __folder__', { file, folder }));
  }
}

/** The file or its folder is there, or should be, and cannot be used: not permitted, disk full, no plain file. */
export class FileUnavailable extends PhasorError {
  readonly code = 'FileUnavailable';
  override readonly recoverable = true;

  constructor(
    readonly file: string,
    reason: Words
  ) {
    super(said('__file__ cannot be used: __reason__', { file, reason }));
  }
}

/** More bytes than a file of its kind may have. */
export class FileTooLarge extends PhasorError {
  readonly code = 'FileTooLarge';

  constructor(
    readonly file: string,
    readonly maxBytes: number
  ) {
    super(said('__file__ is too large: at most __maxBytes__ bytes are allowed', { file, maxBytes }));
  }
}

/** In plain words, what the system said; its code stays for those who look it up. */
const REASONS: Readonly<Record<string, Wording>> = {
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
  return new FileUnavailable(
    file,
    Object.hasOwn(REASONS, code) ? said('__reason__ (__code__)', { reason: REASONS[code], code }) : message
  );
}
