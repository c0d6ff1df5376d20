import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { NodeAPI } from 'node-red';
import { FILE_KINDS } from '../../../nodes/palette/file-kinds';
import { serveFiles } from '../../../nodes/palette/files-admin';

describe('the admin routes for files', () => {
  let server: Server;
  let userDir: string;
  let url: string;
  let allowed: string[];

  before(async () => {
    userDir = mkdtempSync(join(tmpdir(), 'phasor-files-'));
    const app = express();
    // As Node-RED has it in front of all admin routes.
    app.use(express.json());
    serveFiles({
      httpAdmin: app,
      settings: { userDir },
      auth: {
        needsPermission:
          (permission: string) => (_request: unknown, response: express.Response, next: () => void) =>
            allowed.includes(permission) ? next() : response.status(401).end()
      }
    } as unknown as NodeAPI);
    server = app.listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/phasor/files`;
  });

  beforeEach(() => (allowed = ['phasor.read', 'phasor.write']));

  after(() => {
    server.close();
    rmSync(userDir, { recursive: true, force: true });
  });

  const put = (path: string, body: string | Buffer, type = 'application/octet-stream') =>
    fetch(`${url}/${path}`, { method: 'PUT', body: body as BodyInit, headers: { 'content-type': type } });
  const code = async (response: Response) => [
    response.status,
    ((await response.json()) as { code: string }).code
  ];

  it('lists, takes, gives and deletes files', async () => {
    assert.deepEqual(await (await fetch(`${url}/profiles`)).json(), { files: [] });
    const name = encodeURIComponent('Mein Synth (ü).yaml');
    assert.deepEqual(await (await put(`profiles/${name}`, 'name: ü')).json(), {
      name: 'Mein Synth (ü).yaml'
    });
    const { files } = (await (await fetch(`${url}/profiles`)).json()) as {
      files: { name: string; bytes: number }[];
    };
    assert.deepEqual(
      files.map(({ name, bytes }) => [name, bytes]),
      [['Mein Synth (ü).yaml', 8]]
    );
    const got = await fetch(`${url}/profiles/${name}`);
    assert.equal(await got.text(), 'name: ü');
    assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
    assert.match(got.headers.get('content-disposition')!, /^attachment/);
    assert.equal((await fetch(`${url}/profiles/${name}`, { method: 'DELETE' })).status, 200);
    assert.deepEqual(await code(await fetch(`${url}/profiles/${name}`)), [404, 'FileNotFound']);
  });

  it('stays in its folder', async () => {
    writeFileSync(join(userDir, 'flows.json'), '[]');
    for (const path of [
      'profiles/..%2F..%2Fflows.json',
      'profiles/%2e%2e%2f%2e%2e%2fflows.json',
      'other/a.json'
    ]) {
      assert.deepEqual(await code(await fetch(`${url}/${path}`)), [400, 'InvalidParameter'], path);
      assert.deepEqual(await code(await put(path, 'x')), [400, 'InvalidParameter'], path);
      assert.deepEqual(await code(await fetch(`${url}/${path}`, { method: 'DELETE' })), [
        400,
        'InvalidParameter'
      ]);
    }
    assert.deepEqual(await code(await fetch(`${url}/toString`)), [400, 'InvalidParameter']);
  });

  it('needs the permissions', async () => {
    allowed = ['phasor.read'];
    assert.equal((await fetch(`${url}/profiles`)).status, 200);
    assert.equal((await put('profiles/a.yaml', 'a: 1')).status, 401);
    assert.equal((await fetch(`${url}/profiles/a.yaml`, { method: 'DELETE' })).status, 401);
    allowed = [];
    assert.equal((await fetch(`${url}/profiles`)).status, 401);
    assert.equal((await fetch(`${url}/profiles/a.yaml`)).status, 401);
  });

  it('refuses wrong content, wrong types and what is too large', async () => {
    assert.deepEqual(await code(await put('profiles/a.json', '{"a":1}', 'application/json')), [
      415,
      'InvalidParameter'
    ]);
    assert.deepEqual(await code(await put('profiles/a.yaml', Buffer.from([0xff, 0xfe]))), [
      400,
      'InvalidParameter'
    ]);
    assert.deepEqual(await code(await put('patterns/a.mid', 'no midi')), [400, 'InvalidParameter']);
    const large = Buffer.alloc(FILE_KINDS.profiles.maxBytes + 1, 32);
    assert.deepEqual(await code(await put('profiles/a.yaml', large)), [413, 'FileTooLarge']);
    const status = await new Promise<number>((resolve, reject) => {
      const sending = request(`${url}/profiles/a.yaml`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' }
      });
      sending.once('response', ({ statusCode }) => resolve(statusCode!));
      sending.once('error', reject);
      sending.end(large);
    });
    assert.equal(status, 413, 'also where no length is given');
    assert.deepEqual(await (await fetch(`${url}/profiles`)).json(), { files: [] });
  });

  it('stores nothing of an upload that is broken off', async () => {
    await new Promise<void>((resolve) => {
      const sending = request(`${url}/profiles/half.yaml`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream', 'content-length': '1000' }
      });
      sending.once('error', () => resolve());
      sending.write('half', () => sending.destroy(new Error('cable')));
    });
    assert.equal((await fetch(`${url}/profiles`)).status, 200);
    assert.ok(!readdirSync(join(userDir, 'phasor', 'profiles')).includes('half.yaml'));
  });
});
