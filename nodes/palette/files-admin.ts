/** The files of our nodes over HTTP, for the dialogs: lists, downloads, uploads, deletion. */
import type { IncomingMessage } from 'node:http';
import type { NodeAPI } from 'node-red';
import { InvalidParameter, PhasorError, wordsOf } from '../music/errors';
import { said } from '../music/words';
import { extensionOf, FILE_KINDS, isFileKind, type FileKind } from './file-kinds';
import { FileNotFound, FileTooLarge, openStore, type Store } from './store';

/** Says what is wrong with the content of a file by throwing; the message is shown in the dialog. */
export type ContentCheck = (bytes: Buffer, name: string) => void;

const checks = new Map<FileKind, ContentCheck>();

/** From now on files of this kind are only taken when `check` does not throw. */
export function checkContent(kind: FileKind, check: ContentCheck): void {
  checks.set(kind, check);
}

/** The store of a kind in the user directory of this Node-RED. */
export function storeOf(RED: NodeAPI, kind: FileKind): Store {
  return openStore(RED.settings.userDir, kind);
}

/** As much of Express as is needed here. */
interface Request extends IncomingMessage {
  params: { kind: string; name: string };
  is(type: string): string | false | null;
}
interface Response {
  status(code: number): this;
  set(headers: Record<string, string>): this;
  json(body: unknown): this;
  send(body: Buffer): this;
}

const UPLOAD_TYPE = 'application/octet-stream';

/**
 * Serves `GET /phasor/files/:kind` (`{ files: [{ name, bytes, changedMs }] }`), and `GET`, `PUT` and `DELETE` of
 * `/phasor/files/:kind/:name`; an upload is the file as application/octet-stream. Errors come as `{ code, message }`
 * with status 400 (name or content), 404, 413 (too large), 415 or 500.
 */
export function serveFiles(RED: NodeAPI): void {
  const reading = RED.auth.needsPermission('phasor.read');
  const writing = RED.auth.needsPermission('phasor.write');
  const app = RED.httpAdmin;
  const answer =
    (handle: (store: Store, request: Request, response: Response) => Promise<void> | void) =>
    async (request: unknown, response: unknown): Promise<void> => {
      const { kind } = (request as Request).params;
      try {
        if (!isFileKind(kind)) {
          const kinds = Object.keys(FILE_KINDS).join(', ');
          throw new InvalidParameter('kind', kind, said('one of __names__ is needed', { names: kinds }));
        }
        await handle(storeOf(RED, kind), request as Request, response as Response);
      } catch (error) {
        refuse(response as Response, error);
      }
    };

  app.get(
    '/phasor/files/:kind',
    reading,
    answer((store, _request, response) => {
      response.json({ files: store.list() });
    })
  );
  app.get(
    '/phasor/files/:kind/:name',
    reading,
    answer((store, { params }, response) => {
      const bytes = store.read(params.name);
      // A file is somebody's data: a browser saves it and never shows it as a page of the editor's origin.
      response
        .set({
          'Content-Type': UPLOAD_TYPE,
          'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(params.name)}`,
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-store'
        })
        .send(bytes);
    })
  );
  app.put(
    '/phasor/files/:kind/:name',
    writing,
    answer(async (store, request, response) => {
      // Other types are read, and maybe changed, by Node-RED's own parsers before they come here.
      if (!request.is(UPLOAD_TYPE)) {
        response.status(415).json({ code: 'InvalidParameter', message: `send the file as ${UPLOAD_TYPE}` });
        return;
      }
      const bytes = await receive(request, FILE_KINDS[store.kind].maxBytes, request.params.name);
      checkBytes(store.kind, bytes, request.params.name);
      response.json({ name: await store.write(request.params.name, bytes) });
    })
  );
  app.delete(
    '/phasor/files/:kind/:name',
    writing,
    answer(async (store, { params }, response) => {
      await store.remove(params.name);
      response.json({ name: params.name });
    })
  );
}

/** The body of a request; no more than `maxBytes` of it are ever held. Rejects with FileTooLarge. */
async function receive(request: IncomingMessage, maxBytes: number, name: string): Promise<Buffer> {
  const tooLarge = () => {
    // What still comes is read and forgotten, so that the answer reaches who is sending.
    request.resume();
    return new FileTooLarge(name, maxBytes);
  };
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.off('data', take);
        chunks.length = 0;
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new InvalidParameter('file', name, 'the upload was broken off')));
  });
}

/** Throws InvalidParameter, or what the check of the kind throws, for content that is not what the name says. */
function checkBytes(kind: FileKind, bytes: Buffer, name: string): void {
  const check = checks.get(kind);
  if (check !== undefined) {
    check(bytes, name);
    return;
  }
  if (/^midi?$/.test(extensionOf(name))) {
    if (bytes.toString('latin1', 0, 4) !== 'MThd')
      throw new InvalidParameter('file', name, 'it is no MIDI file: MThd is missing at its beginning');
    return;
  }
  const text = new TextDecoder('utf-8', { fatal: false }).decode(bytes);
  if (text.includes('\uFFFD') || text.includes('\0'))
    throw new InvalidParameter('file', name, 'it is no text in UTF-8');
}

function refuse(response: Response, error: unknown): void {
  const { code = 'Internal', message = String(error) } = error as { code?: string; message?: string };
  response.status(statusOf(error)).json({ code, message, words: wordsOf(error) });
}

function statusOf(error: unknown): number {
  if (error instanceof FileNotFound) return 404;
  if (error instanceof FileTooLarge) return 413;
  return error instanceof PhasorError && !error.recoverable ? 400 : 500;
}
