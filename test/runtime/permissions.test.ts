import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed, ROOT } from '../support/node-red';

/** Every admin route in the built package, read from its source. */
function routes(): { method: string; path: string }[] {
  const dist = join(ROOT, 'dist');
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      ...readFileSync(join(dist, file), 'utf8').matchAll(
        /httpAdmin\.(get|post|put|delete)\(\s*['"`]([^'"`]+)['"`]/g
      )
    ])
    .map(([, method, path]) => ({ method: method.toUpperCase(), path }));
}

describe('the admin routes', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;

  before(async () => {
    // Nobody is let in: there is no user, and no permission without one.
    nodeRed = await NodeRed.start({ adminAuth: { type: 'credentials', users: [] } });
  });

  after(async () => {
    assert.equal(await nodeRed.stop(), 0);
  });

  it('are all behind permissions', async () => {
    const all = routes();
    assert.ok(all.length >= 5, `${all.length} routes found`);
    for (const { method, path } of all) {
      const route = path.replace(/^\//, '').replace(/:\w+\??/g, 'x');
      const { status } = await fetch(new URL(route, nodeRed.url), { method });
      assert.equal(status, 401, `${method} ${path}`);
    }
  });
});
