import type { Node, NodeAPI, NodeDef } from 'node-red';
import { InvalidParameter, type OutputHandle, type OutputListener } from '../engine';
import { obey, type Controls } from '../palette/control';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { onClose, onInput, refuseConfig, shorten, StatusLine } from '../palette/node';
import { upToDate } from '../palette/version';
import { partsOf } from './messages';
import { Statistician } from './statistics';
import { Throttle, type Msg } from './throttle';
import {
  MAX_RATE,
  readConfig,
  readRate,
  readShare,
  readThrottleMs,
  type ThrottleFields
} from './throttle-config';

type ThrottleDef = NodeDef & ThrottleFields;

/** A status twice a second is as much as the editor should have to draw. */
const STATUS_MS = 500;

/** Middle of a flow: thins controllers, and tells how late the ports behind it are. */
export = function (RED: NodeAPI): void {
  function ThrottleNode(this: Node, stored: ThrottleDef): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored);
    const lease = leaseEngine(RED, this);
    const { engine } = lease;
    const status = new StatusLine(this);
    const device = RED.nodes.getNode(def.device ?? '') as DeviceNode | null;
    const text = (key: string, values = {}) => RED._(`phasor-throttle.status.${key}`, values);
    const statistician = new Statistician(engine);
    const listener: OutputListener = { outputChanged: () => undefined };
    let close = () => {};

    const run = () => {
      const config = readConfig(def);
      const output = device?.openOutput?.(listener);
      const { state: throttle } = engine.openState(this.id, () => new Throttle(engine, config.throttleMs));
      throttle.gapMs = config.throttleMs;
      throttle.wires = {
        pass: (msg) => this.send([msg, null] as never),
        held: (msg) => {
          if (config.second === 'held') this.send([null, msg] as never);
        }
      };
      const watch = engine.onHorizon((horizon) => throttle.hear(horizon));
      throttle.askAt = (timeMs) => watch.askAt(timeMs);
      throttle.resume();

      let clock: string | undefined;
      let sentMs = -Infinity;
      const sendStatistics = () => {
        const nowMs = engine.now();
        if (nowMs - sentMs < 1000 / MAX_RATE) return;
        sentMs = nowMs;
        const payload = statistician.gather({
          device: output?.id,
          profile: device?.profile || undefined,
          clock,
          throttleMs: throttle.gapMs,
          counts: throttle.read()
        });
        this.send([null, { topic: 'statistics', payload }] as never);
      };
      let timer: NodeJS.Timeout | undefined;
      const setRate = (rate: number) => {
        clearInterval(timer);
        if (config.second === 'statistics') timer = setInterval(sendStatistics, 1000 / rate).unref();
      };
      setRate(config.rate);
      const showStatus = () => {
        const [report] = statistician.reports(output?.id);
        if (output !== undefined && report?.error !== undefined)
          return status.show('red', 'ring', shorten(report.error));
        const { heldBack } = throttle.read();
        const lateness = statistician
          .reports(output?.id)
          .reduce((most, { latency }) => Math.max(most, latency?.lateness.p99Ms ?? 0), 0);
        const shown = text('figures', { late: lateness.toFixed(lateness < 10 ? 1 : 0), held: heldBack });
        status.show(engine.health().state === 'ok' ? 'green' : 'yellow', 'dot', shown);
      };
      const statusTimer = setInterval(showStatus, STATUS_MS).unref();
      showStatus();

      const controls: Controls = {
        verbs: {
          statistics: () => {
            if (config.second !== 'statistics') {
              throw new InvalidParameter(
                'statistics',
                config.second,
                'the second output gives what is held back'
              );
            }
            sendStatistics();
          }
        },
        keys: {
          throttleMs: (value) => {
            const throttleMs = readThrottleMs(value);
            return () => {
              throttle.gapMs = throttleMs;
            };
          },
          rate: (value) => {
            const rate = readRate(value);
            return () => setRate(rate);
          },
          controlShare: (value) => {
            const share = readShare(value);
            const wire = needed(output);
            return () => wire.share(share);
          }
        }
      };

      onInput(this, (input) => {
        const msg = input as unknown as Msg;
        const parts = partsOf(msg, engine.now(), output?.midiChannel ?? 1, throttle.parameters);
        if (parts === undefined) return obey(controls, input);
        const { type, clock: from } = (msg.payload ?? {}) as { type?: unknown; clock?: unknown };
        if (type === 'span' && typeof from === 'string') clock = from;
        for (const { msg: part, stream, at, role } of parts) {
          if (stream === undefined) this.send([part, null] as never);
          else throttle.take(stream, part, at, role);
        }
      });

      close = () => {
        clearInterval(timer);
        clearInterval(statusTimer);
        watch.stop();
        throttle.wires = undefined;
        throttle.askAt = () => undefined;
      };
    };

    try {
      run();
    } catch (error) {
      refuseConfig(RED, this, error as Error);
      onInput(this, () => {
        throw error;
      });
    }

    onClose(this, (removed) => {
      close();
      device?.closeOutput?.(listener, removed);
      engine.closeState(this.id, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-throttle', ThrottleNode as never);
};

function needed(output: OutputHandle | undefined): OutputHandle {
  if (output !== undefined) return output;
  throw new InvalidParameter(
    'controlShare',
    undefined,
    'choose a device in the dialog: the share is of its wire'
  );
}
