import type { NodeAPI } from 'node-red';
import { runningEngine } from '../engine';
import { serveFiles } from './files-admin';
import { plainHealth } from './health';

/** Who may see ports and figures in the editor. */
const READ_PERMISSION = 'phasor.read';

/** The admin routes that the dialogs and the start-up report use. */
export function serveAdmin(RED: NodeAPI): void {
  RED.httpAdmin.get('/phasor/ports', RED.auth.needsPermission(READ_PERMISSION), (_request, response) => {
    const report = runningEngine()?.report();
    response.json({ ports: report?.ports ?? [], driver: report?.driver ?? 'none' });
  });
  RED.httpAdmin.get('/phasor/status', RED.auth.needsPermission(READ_PERMISSION), (_request, response) => {
    const engine = runningEngine();
    if (engine === undefined) {
      response.json({ state: 'stopped', ports: [], outputs: [] });
      return;
    }
    response.json({
      ...engine.report(),
      outputs: engine.outputReports(),
      transports: engine.transportReports(),
      health: plainHealth(engine.health())
    });
  });
  RED.httpAdmin.get('/phasor/health', RED.auth.needsPermission(READ_PERMISSION), (_request, response) => {
    const engine = runningEngine();
    response.json(engine === undefined ? { state: 'stopped', complaints: [] } : plainHealth(engine.health()));
  });
  serveFiles(RED);
}
