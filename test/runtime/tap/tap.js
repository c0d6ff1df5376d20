// A node for tests only: hears what is played to a loopback port. GET /test-tap/<port> gives all of it since the
// last deploy, as [{ bytes, timeMs }].
const { join } = require('node:path');
const { acquireEngine, readSettings } = require(join(__dirname, '..', '..', '..', 'dist', 'engine'));

module.exports = function (RED) {
  const heardAt = new Map();

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

  RED.nodes.registerType('test-tap', Tap);
  RED.httpAdmin.get('/test-tap/:port', (request, response) =>
    response.json(heardAt.get(request.params.port) ?? [])
  );
};
