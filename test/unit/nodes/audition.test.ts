import assert from 'node:assert/strict';
import sinon from 'sinon';
import { Audition, AUDITION_MS, Auditions, type Audible } from '../../../nodes/pattern/audition';
import type { PatternFields } from '../../../nodes/pattern/pattern-config';
import { InvalidParameter } from '../../../nodes/music/errors';

function fakeNode(fields: PatternFields) {
  const node = {
    fields,
    changes: [] as PatternFields[],
    change: ({ fields: next }: { fields?: PatternFields }) => {
      if (next?.grid === 'wrong') throw new InvalidParameter('grid', 'wrong', 'JSON is needed');
      node.fields = { ...node.fields, ...next };
      node.changes.push(next ?? {});
    },
    whereabouts: () => undefined
  };
  return node satisfies Audible;
}

describe('an audition of a pattern', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => clock.restore());

  it('plays a copy, and then what was there before', () => {
    const node = fakeNode({ source: 'notation', notation: 'c4', grid: '' });
    const audition = new Audition(node);
    audition.play('1');
    audition.play('2');
    assert.deepEqual([node.fields.source, node.fields.grid], ['grid', '2']);
    audition.stop();
    assert.deepEqual(node.fields, { source: 'notation', notation: 'c4', grid: '' });
    audition.stop();
    assert.equal(node.changes.length, 3);
  });

  it('ends by itself when nobody asks after it', () => {
    const node = fakeNode({ source: 'notation', grid: '' });
    const audition = new Audition(node);
    audition.play('1');
    clock.tick(AUDITION_MS - 1);
    audition.renew();
    clock.tick(AUDITION_MS - 1);
    assert.ok(audition.isOn);
    clock.tick(1);
    assert.ok(!audition.isOn);
    assert.equal(node.fields.source, 'notation');
    audition.renew();
    assert.ok(!audition.isOn);
  });

  it('tells, and throws nothing, where the own pattern is refused in the end', () => {
    const node = fakeNode({ source: 'notation', grid: 'wrong' });
    const errors: string[] = [];
    const audition = new Audition(node, ({ message }) => errors.push(message));
    audition.play('1');
    clock.tick(AUDITION_MS);
    assert.equal(errors.length, 1);
    assert.ok(!audition.isOn);
  });

  it('leaves alone what somebody else has set in the meantime', () => {
    const node = fakeNode({ source: 'notation', grid: '' });
    const audition = new Audition(node);
    audition.play('1');
    node.change({ fields: { source: 'file' } });
    audition.stop();
    assert.deepEqual(node.fields, { source: 'file', grid: '1' });
  });

  it('a copy that cannot be read changes nothing, and the last one plays on', () => {
    const node = fakeNode({ source: 'notation', grid: '' });
    const audition = new Audition(node);
    assert.throws(() => audition.play('wrong'), /grid/);
    assert.ok(!audition.isOn);
    audition.play('1');
    assert.throws(() => audition.play('wrong'), /grid/);
    audition.stop();
    assert.equal(node.fields.source, 'notation');
  });
});

describe('the routes of an audition', () => {
  it('need a permission, and answer for nodes that run', () => {
    const routes = new Map<string, (request: unknown, response: unknown) => void>();
    const permissions: string[] = [];
    const route = (method: string) => (path: string, permission: string, handle: never) => {
      routes.set(`${method} ${path.replace('/phasor/pattern/:id', '')}`, handle);
      permissions.push(`${method} ${permission}`);
    };
    const auditions = new Auditions();
    auditions.serve({
      httpAdmin: { get: route('get'), post: route('post'), put: route('put'), delete: route('delete') },
      auth: { needsPermission: (permission: string) => permission }
    } as never);
    assert.deepEqual(permissions, [
      'get phasor.read',
      'post phasor.write',
      'put phasor.write',
      'delete phasor.write'
    ]);
    const ask = (name: string, id: string, body?: unknown) => {
      const answer = { status: 200, body: undefined as unknown };
      const response = {
        status: (code: number) => ((answer.status = code), response),
        json: (json: unknown) => ((answer.body = json), response)
      };
      routes.get(name)!({ params: { id }, body }, response);
      return answer;
    };
    const node = fakeNode({ source: 'notation', grid: '' });
    auditions.open('a', node);
    assert.equal(ask('get /playing', 'b').status, 404);
    assert.deepEqual(ask('get /playing', 'a').body, { where: undefined, auditioned: false });
    assert.deepEqual(ask('post /audition', 'a', { grid: '{}' }).body, { where: undefined, auditioned: true });
    assert.equal(ask('post /audition', 'a', { grid: 3 }).status, 400);
    assert.equal(ask('post /audition', 'a').status, 400);
    assert.deepEqual(ask('put /audition', 'a').body, { where: undefined, auditioned: true });
    auditions.close('a');
    assert.equal(node.fields.source, 'notation');
    assert.equal(ask('delete /audition', 'a').status, 404);
  });
});
