import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { NodeAPI } from 'node-red';
import { serveProfiles } from '../../../nodes/cc-profile/admin';
import { Library, type ProfileFiles } from '../../../nodes/cc-profile/library';

const PARAMETERS = { parameters: { knob: { cc: 1 } } };
const YAML = 'cc_profiles:\n  mine:\n    parameters:\n      knob: {cc: 1}\n';

describe('the admin routes for profiles', () => {
  const written = new Map<string, string>();
  let failure: Error | undefined;
  let server: Server;
  let url: string;
  let allowed: string[];

  before(async () => {
    const store: ProfileFiles = {
      list: () => [...written.keys()].map((name) => ({ name, bytes: 0, changedMs: 0 })),
      read: (name) => Buffer.from(written.get(String(name)) ?? ''),
      write: async (name, data) => {
        if (failure !== undefined) throw failure;
        written.set(String(name), String(data));
        return String(name);
      },
      watch: () => () => undefined
    };
    const app = express();
    app.use(express.json());
    const nodes: Record<string, unknown> = { knobs: { heard: () => ({ count: 3, cc: 74 }) }, other: {} };
    serveProfiles(
      {
        httpAdmin: app,
        nodes: { getNode: (id: string) => nodes[id] ?? null },
        auth: {
          needsPermission:
            (permission: string) => (_request: unknown, response: express.Response, next: () => void) =>
              allowed.includes(permission) ? next() : response.status(401).end()
        }
      } as unknown as NodeAPI,
      new Library(store)
    );
    server = app.listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/phasor/cc-profiles`;
  });

  beforeEach(() => {
    allowed = ['phasor.read', 'phasor.write'];
    failure = undefined;
    written.clear();
  });

  after(() => server.close());

  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' }
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('list the profiles and give one of them', async () => {
    const { body } = await get('');
    assert.ok((body.profiles as { id: string }[]).some(({ id }) => id === 'generic_analog'));
    assert.equal((await get('/generic_analog')).body.id, 'generic_analog');
    assert.deepEqual(await get('/none'), { status: 404, body: { message: 'there is no such profile' } });
  });

  it('read texts, and refuse wrong ones with what is wrong', async () => {
    assert.deepEqual(await post('read', { text: YAML }), {
      status: 200,
      body: { id: 'mine', profile: PARAMETERS, skipped: [] }
    });
    for (const body of [{}, { text: 4 }, { text: 'a: [' }, { text: '', format: 'csv' }]) {
      const { status, body: answer } = await post('read', body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.equal(typeof answer.message, 'string');
    }
  });

  it('write YAML that reads as the same', async () => {
    const { body } = await post('write', { id: 'mine', profile: PARAMETERS });
    assert.deepEqual((await post('read', { text: body.text })).body.profile, PARAMETERS);
    assert.equal((await post('write', { id: 'mine', profile: { parameters: 1 } })).status, 400);
  });

  it('keep a profile as a file, and tell why where that fails', async () => {
    assert.deepEqual(await post('save', { id: 'mine', profile: PARAMETERS }), {
      status: 200,
      body: { id: 'mine' }
    });
    assert.equal(written.size, 1);
    assert.equal((await post('save', { id: 'mine', profile: 1 })).status, 400);
    failure = new Error('the disk is full');
    assert.deepEqual(await post('save', { id: 'mine', profile: PARAMETERS }), {
      status: 400,
      body: { message: 'the disk is full', words: 'the disk is full' }
    });
  });

  it('tell what a node has heard, and nothing of one that hears nothing', async () => {
    assert.deepEqual((await get('/heard/knobs')).body, { count: 3, cc: 74 });
    assert.deepEqual((await get('/heard/other')).body, { count: 0 });
    assert.deepEqual((await get('/heard/none')).body, { count: 0 });
  });

  it('need their permissions', async () => {
    const save = () =>
      fetch(`${url}/save`, {
        method: 'POST',
        body: JSON.stringify({ id: 'mine', profile: PARAMETERS }),
        headers: { 'content-type': 'application/json' }
      });
    allowed = ['phasor.read'];
    assert.equal((await save()).status, 401);
    assert.equal(written.size, 0);
    allowed = [];
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(`${url}/heard/knobs`)).status, 401);
  });
});
