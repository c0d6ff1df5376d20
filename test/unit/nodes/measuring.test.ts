import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { disposeEngine, installEngine, type Engine } from '../../../nodes/engine';
import { serveMeasuring } from '../../../nodes/device/measuring';
import { Cable } from '../../support/cable';
import { fakeEngine, type FakeEngine } from '../../support/fake-engine';

const settle = () => new Promise(setImmediate);

describe('the route that measures a device', () => {
  let fake: FakeEngine;
  let engine: Engine;
  let permission: string;
  let handle: (request: unknown, response: unknown) => void;

  beforeEach(() => {
    const cable = new Cable(['LOOP'], 'LOOP', () => 3);
    fake = fakeEngine({}, cable);
    ({ engine } = fake);
    cable.now = () => engine.now();
    installEngine(engine);
    const spec = { mode: 'name', port: 'LOOP' } as const;
    const output = { offsetMs: 0, usPerByte: 0, controlShare: 0.5 };
    const device = {
      openOutput: (listener: never) =>
        engine.openOutput('device', { name: 'synth', spec, channel: 1, output }, listener),
      closeOutput: (listener: never, removed: boolean) => engine.closeOutput('device', listener, removed),
      openInput: (listener: never) =>
        engine.openInput('device', { name: 'synth', spec, beside: '' }, listener),
      closeInput: (listener: never, removed: boolean) => engine.closeInput('device', listener, removed)
    };
    serveMeasuring({
      httpAdmin: {
        post: (_path: string, asked: string, route: typeof handle) => {
          permission = asked;
          handle = route;
        }
      },
      auth: { needsPermission: (name: string) => name },
      log: { info: () => undefined, debug: () => undefined },
      events: new EventEmitter(),
      nodes: { getNode: (id: string) => ({ device, other: {} })[id] ?? null }
    } as never);
  });
  afterEach(disposeEngine);

  function ask(id: string) {
    const answer: { status: number; body?: Record<string, unknown> } = { status: 200 };
    const connection = new EventEmitter();
    const response = {
      status: (code: number) => ((answer.status = code), response),
      json: (json: Record<string, unknown>) => void (answer.body = json),
      on: (event: string, closed: () => void) => connection.on(event, closed)
    };
    handle({ params: { id } }, response);
    return { answer, close: () => connection.emit('close') };
  }

  it('needs the permission to change things, and answers with figures', async () => {
    assert.equal(permission, 'phasor.write');
    const { answer } = ask('device');
    for (let ms = 0; ms < 8000; ms++) fake.advance(1);
    await settle();
    assert.deepEqual([answer.status, answer.body?.lost, answer.body?.offsetMs], [200, 0, -3]);
  });

  it('knows only devices that are deployed, and measures one at a time', async () => {
    for (const id of ['nobody', 'other']) {
      const { answer } = ask(id);
      await settle();
      assert.deepEqual([answer.status, answer.body?.failure], [404, 'notDeployed']);
    }
    const first = ask('device');
    const second = ask('device');
    await settle();
    assert.deepEqual([second.answer.status, second.answer.body?.failure], [409, 'busy']);
    first.close();
    await settle();
    assert.equal(first.answer.body?.failure, 'stopped');
    // The way is free again.
    const third = ask('device');
    fake.advance(100);
    await settle();
    assert.ok(!('body' in third.answer));
    third.close();
    await settle();
    assert.equal(third.answer.body?.failure, 'stopped');
  });
});
