import type { NodeAPI, NodeDef } from 'node-red';
import type { OutputListener } from '../engine';
import { serveAdmin } from '../palette/admin';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { onClose } from '../palette/node';
import { upToDate } from '../palette/version';
import { readDevice, readInput, type DeviceFields } from './device-config';
import { serveMeasuring } from './measuring';

/** Config node: one instrument and the way to it. */
export = function (RED: NodeAPI): void {
  function Device(this: DeviceNode, stored: NodeDef & DeviceFields): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored);
    const lease = leaseEngine(RED, this);
    this.profile = def.profile;
    this.openOutput = (listener: OutputListener) =>
      lease.engine.openOutput(this.id, readDevice(def), listener);
    this.closeOutput = (listener, removed) => lease.engine.closeOutput(this.id, listener, removed);
    this.openInput = (listener) => lease.engine.openInput(this.id, readInput(def), listener);
    this.closeInput = (listener, removed) => lease.engine.closeInput(this.id, listener, removed);
    onClose(this, () => lease.release());
  }

  RED.nodes.registerType('phasor-device', Device as never);
  serveAdmin(RED);
  serveMeasuring(RED);
};
