import type { NodeAPI } from 'node-red';
import { wordsOf } from '../music/errors';
import { ProfileError, readProfile } from '../music/profile';
import type { ListeningNode } from './learning';
import type { Library } from './library';
import { profileFromCsv } from './profile-csv';
import { profilesFromText, profileToYaml } from './profile-text';

/** Who may see profiles, and who may write them. */
const READ = 'phasor.read';
const WRITE = 'phasor.write';

interface Request {
  params: Record<string, string>;
  body?: unknown;
}

interface Response {
  status(code: number): Response;
  json(body: unknown): void;
  type(type: string): Response;
  send(body: string): void;
}

/** The admin routes of the profiles: lists, one of them, reading and writing texts, and learning. */
export function serveProfiles(RED: NodeAPI, library: Library): void {
  const { httpAdmin, auth } = RED;

  httpAdmin.get('/phasor/cc-profiles', auth.needsPermission(READ), (_request, response) => {
    library.refresh();
    response.json({ profiles: library.list(), problems: library.problems() });
  });

  httpAdmin.get(
    '/phasor/cc-profiles/:id',
    auth.needsPermission(READ),
    (request: Request, response: Response) => {
      const profile = library.named(request.params.id);
      if (profile === undefined) return response.status(404).json({ message: 'there is no such profile' });
      response.json({ id: profile.id, name: profile.name, profile: profile.raw });
    }
  );

  /** `{text, format}` → `{id, profile, skipped}`. */
  httpAdmin.post(
    '/phasor/cc-profiles/read',
    auth.needsPermission(READ),
    (request: Request, response: Response) =>
      answer(response, () => {
        const { text, format } = fieldsOf(request.body);
        if (format === 'csv') {
          const { profile, skipped } = profileFromCsv(text);
          return { id: profile.id, profile: profile.raw, skipped };
        }
        const [profile] = profilesFromText(text);
        return { id: profile.id, profile: profile.raw, skipped: [] };
      })
  );

  /** `{id, profile}` → YAML. */
  httpAdmin.post(
    '/phasor/cc-profiles/write',
    auth.needsPermission(READ),
    (request: Request, response: Response) =>
      answer(response, () => ({ text: profileToYaml(profileOf(request.body)) }))
  );

  /** Keeps `{id, profile}` as a file of the user directory. */
  httpAdmin.post(
    '/phasor/cc-profiles/save',
    auth.needsPermission(WRITE),
    (request: Request, response: Response) => {
      let profile;
      try {
        profile = profileOf(request.body);
      } catch (error) {
        return refuse(response, error);
      }
      library.save(profile).then(
        () => response.json({ id: profile.id }),
        (error: unknown) => refuse(response, error)
      );
    }
  );

  /** The last controller that a deployed node has heard. */
  httpAdmin.get(
    '/phasor/cc-profiles/heard/:node',
    auth.needsPermission(READ),
    (request: Request, response: Response) => {
      const node = RED.nodes.getNode(request.params.node) as ListeningNode | null;
      response.json(node?.heard?.() ?? { count: 0 });
    }
  );
}

function profileOf(body: unknown) {
  const { id, profile } = (body ?? {}) as { id?: unknown; profile?: unknown };
  return readProfile(profile, String(id));
}

function fieldsOf(body: unknown): { text: string; format: unknown } {
  const { text, format } = (body ?? {}) as { text?: unknown; format?: unknown };
  if (typeof text !== 'string') throw new ProfileError([], text, 'a text is needed');
  return { text, format };
}

function answer(response: Response, make: () => unknown): void {
  let body: unknown;
  try {
    body = make();
  } catch (error) {
    return refuse(response, error);
  }
  response.json(body);
}

function refuse(response: Response, error: unknown): void {
  const { message, line, column } = error as ProfileError;
  response.status(400).json({ message, words: wordsOf(error), line, column });
}
