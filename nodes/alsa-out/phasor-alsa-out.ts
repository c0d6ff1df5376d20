import type { Node, NodeAPI, NodeDef } from 'node-red';
import {
  InvalidParameter,
  type OutputHandle,
  type OutputListener,
  type OutputStatus,
  type Span
} from '../engine';
import { readClamped } from '../music/clamp';
import { readEvent } from '../music/event';
import { isTidings, obey } from '../palette/control';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { storeOf } from '../palette/files-admin';
import { isWorrying, onHealth } from '../palette/health';
import { onClose, onInput, refuseConfig, shorten, StatusLine } from '../palette/node';
import { inWords } from '../palette/words';
import { readMessage } from '../palette/messages';
import { upToDate } from '../palette/version';
import { Recorder } from './recorder';

interface AlsaOutDef extends NodeDef {
  device: string;
}

/** End of a flow: events, raw MIDI and MIDI clock go to the port of a device. */
export = function (RED: NodeAPI): void {
  function AlsaOut(this: Node, stored: AlsaOutDef): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored);
    const device = RED.nodes.getNode(def.device) as DeviceNode | null;
    const lease = leaseEngine(RED, this);
    const { engine } = lease;
    const status = new StatusLine(this);
    const listener: OutputListener = {
      outputChanged: (now) => show(now),
      outputOverran: (overrun) => {
        status.show(
          'yellow',
          'dot',
          RED._('phasor-alsa-out.status.dropped', { count: overrun.droppedEvents })
        );
        this.error(overrun, {
          topic: overrun.code,
          payload: { droppedEvents: overrun.droppedEvents }
        } as never);
      }
    };
    let output: OutputHandle | undefined;
    let recorder: Recorder | undefined;
    const show = (now: OutputStatus) => {
      const health = engine.health();
      if (health.state === 'failed') status.show('red', 'ring', RED._('phasor-alsa-out.status.failed'));
      else if (recorder?.isRunning && now.state === 'open') {
        const text = RED._('phasor-alsa-out.status.recording', { port: shorten(now.port, 28) });
        status.show('red', 'dot', text);
      } else showStatus(status, now, isWorrying(health, output?.name ?? ''), RED);
    };
    const read = engine.settings.recovery.OutOfBounds === 'clamp' ? readClamped : readEvent;
    try {
      if (!device?.openOutput)
        throw new InvalidParameter('device', def.device, 'choose a device in the dialog');
      output = device.openOutput(listener);
      recorder = new Recorder(this.id, engine, output.id, storeOf(RED, 'patterns'), {
        recordingChanged: () => output !== undefined && show(output.status),
        recordingFull: (count) => this.warn(RED._('phasor-alsa-out.status.recordingFull', { count })),
        recordingSaved: (name) => this.log(RED._('phasor-alsa-out.status.recordingSaved', { name })),
        recordingFailed: (error) => this.error(error, { payload: error.message } as never)
      });
      show(output.status);
      onHealth(engine, this, () => output !== undefined && show(output.status));
    } catch (error) {
      refuseConfig(RED, this, error as Error);
    }

    onInput(this, (msg) => {
      const enteredMs = engine.now();
      if (output === undefined)
        throw new InvalidParameter('device', def.device, 'the device of this node cannot be used');
      const { type, clock } = (msg.payload ?? {}) as Partial<Span>;
      if (type === 'span') {
        const transport = engine.transport(String(clock));
        if (transport === undefined)
          throw new InvalidParameter('clock', clock, 'there is no such clock (any more)');
        output.lease(transport);
        return;
      }
      if (isTidings(type)) return;
      const events = readMessage(msg as never, enteredMs, read);
      if (events === undefined) {
        const play = output;
        const { verbs, keys } = recorder!.controls;
        obey({ verbs: { panic: () => play.panic(), ...verbs }, keys }, msg);
        return;
      }
      // A batch is played as a whole or not at all.
      for (const { at } of events) output.check(at);
      for (const { event, at } of events) output.send(event, at, { source: this.id, enteredMs });
    });

    onClose(this, (removed) => {
      recorder?.close(removed);
      if (removed) engine.release(this.id);
      device?.closeOutput?.(listener, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-alsa-out', AlsaOut as never);
};

function showStatus(line: StatusLine, status: OutputStatus, isWorrying: boolean, RED: NodeAPI): void {
  switch (status.state) {
    case 'opening':
      return line.show('grey', 'ring', RED._('phasor-alsa-out.status.opening'));
    case 'open':
      return line.show(
        isWorrying ? 'yellow' : status.kind === 'loopback' ? 'blue' : 'green',
        'dot',
        shorten(status.port)
      );
    case 'missing':
      return line.show('red', 'ring', shorten(inWords(RED._, status.error)));
  }
}
