// A node for tests only: hears what is played to a loopback port. GET /test-tap/<port> gives all of it since the
// last deploy, as [{ bytes, timeMs }]. With the setting testCable the engine writes all that it sends to that file, and
// POST /test-fault { point, countdown, dead } lets its worker fail; see cable.js.
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { POINTS } = require('./cable.js');

const SLOW_MS = 800;
const ENGINE = join(__dirname, '..', '..', '..', 'dist', 'engine');
const { acquireEngine, Engine, installEngine, readSettings } = require(ENGINE);

module.exports = function (RED) {
  const heardAt = new Map();
  if (RED.settings.testCable) tamper(RED);
  if (RED.settings.testOtherVersion)
    globalThis[Symbol.for('@phasor-midi/node-red-phasor')] = { version: '0.0.0' };

  function Tap({ port, ...config }) {
    RED.nodes.createNode(this, config);
    const heard = [];
    heardAt.set(port, heard);
    const lease = acquireEngine(() => readSettings(RED.settings, RED.log.warn));
    const close = lease.engine.listen(port, (bytes, timeMs) => heard.push({ bytes: [...bytes], timeMs }));
    this.on('close', (removed, done) => {
      close();
      lease.release();
      done();
    });
  }

  /** A node with a bug: what it throws later, nobody catches. */
  function Culprit({ deed, ...config }) {
    RED.nodes.createNode(this, config);
    // A constructor that takes its time holds up the whole deploy.
    for (const endMs = Date.now() + (deed === 'dawdle' ? SLOW_MS : 0); Date.now() < endMs;);
    const deeds = {
      exit: () => process.exit(3),
      throw: () => {
        throw new Error('a bug');
      }
    };
    this.on('input', (message, send, done) => {
      setTimeout(deeds[deed], 10);
      done();
    });
  }

  RED.nodes.registerType('test-culprit', Culprit);
  RED.nodes.registerType('test-tap', Tap);
  RED.httpAdmin.get('/test-tap/:port', (request, response) =>
    response.json(heardAt.get(request.params.port) ?? [])
  );
  // What is left when garbage was collected.
  RED.httpAdmin.get('/test-memory', (request, response) => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    response.json(process.memoryUsage());
  });
};

function tamper(RED) {
  const { threadOptions } = require(join(ENGINE, 'engine'));
  const { ThreadLink } = require(join(ENGINE, 'thread', 'link'));
  const settings = readSettings(RED.settings, RED.log.warn);
  const cells = new Int32Array(new SharedArrayBuffer(16));
  const data = { cable: RED.settings.testCable, cells, engine: ENGINE };
  const tampering = { module: join(__dirname, 'cable.js'), data };
  installEngine(
    new Engine(settings, (listener) => new ThreadLink({ ...threadOptions(settings), tampering }, listener))
  );
  RED.httpAdmin.post('/test-fault', (request, response) => {
    const { point, countdown = 1, dead = false } = request.body;
    Atomics.store(cells, 1, countdown);
    Atomics.store(cells, 2, dead ? 1 : 0);
    Atomics.store(cells, 0, POINTS.indexOf(point));
    response.json({});
  });
}
