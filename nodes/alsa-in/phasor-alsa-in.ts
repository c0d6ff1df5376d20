import type { Node, NodeAPI, NodeDef } from 'node-red';
import {
  FeedbackLoop,
  InvalidParameter,
  LoopGuard,
  type InputHandle,
  type InputListener,
  type InputStatus,
  type OutputHandle,
  type OutputListener
} from '../engine';
import { obey, toBoolean } from '../palette/control';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { onClose, onInput, refuseConfig, shorten, StatusLine } from '../palette/node';
import { Hearing } from './heard';
import { readInputFields, type InputFields } from './input-config';

type AlsaInDef = NodeDef & InputFields & { device: string };

/** How long the status tells what went wrong before it shows the port again. */
const WARNING_MS = 3000;

/** Start of a flow: what arrives at the port of a device, and a way for it past the flow. */
export = function (RED: NodeAPI): void {
  function AlsaIn(this: Node, def: AlsaInDef): void {
    RED.nodes.createNode(this, def);
    const device = RED.nodes.getNode(def.device) as DeviceNode | null;
    const thruDevice = def.thru ? (RED.nodes.getNode(def.thru) as DeviceNode | null) : undefined;
    const lease = leaseEngine(RED);
    const { engine } = lease;
    const status = new StatusLine(this);
    const guard = new LoopGuard();
    let hearing: Hearing | undefined;
    let input: InputHandle | undefined;
    let output: OutputHandle | undefined;
    let warning: NodeJS.Timeout | undefined;
    let loopsTold = 0;

    const showPort = () => {
      warning = undefined;
      if (input !== undefined) showStatus(status, input.status, engine.report().driver, RED);
    };
    /** Shows something for a while. */
    const warn = (text: string) => {
      status.show('yellow', 'dot', shorten(text));
      clearTimeout(warning);
      warning = setTimeout(showPort, WARNING_MS);
    };
    const tellLoop = (loop: FeedbackLoop) => {
      warn(RED._('phasor-alsa-in.status.loop'));
      this.error(loop, { topic: loop.code, payload: { input: loop.input, output: loop.output } } as never);
    };

    const listener: InputListener = {
      inputChanged: (now) => {
        if (now.state === 'missing') this.send((hearing?.letGo(engine.now()) ?? []) as never);
        if (warning === undefined) showStatus(status, now, engine.report().driver, RED);
      },
      received: (bytes, timeMs) => {
        if (!guard.passes(bytes[0] | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16), timeMs)) {
          if (guard.loops === loopsTold) return;
          loopsTold = guard.loops;
          return tellLoop(new FeedbackLoop(input?.name ?? '', engine.outputBeside(input)));
        }
        for (const message of hearing?.take(bytes, timeMs) ?? []) this.send(message as never);
      },
      malformed: () => warn(RED._('phasor-alsa-in.status.malformed', { count: input?.malformed ?? 0 }))
    };
    // Its state is shown by the outs of its device.
    const thruListener: OutputListener = { outputChanged: () => undefined };

    const setThru = (on: boolean, toChannel: boolean) => {
      if (input === undefined || output === undefined || hearing === undefined) return;
      if (!on) return engine.closeThru(this.id, true);
      const { filter } = readInputFields(def);
      const channel = toChannel ? output.midiChannel : 0;
      engine.openThru(this.id, input, output, { filter, channel }, { thruLooped: tellLoop });
    };

    try {
      const settings = readInputFields(def);
      hearing = new Hearing(settings);
      if (!device?.openInput)
        throw new InvalidParameter('device', def.device, 'choose a device in the dialog');
      if (thruDevice === null) throw new InvalidParameter('thru', def.thru, 'there is no such device');
      input = device.openInput(listener);
      if (thruDevice !== undefined) {
        output = thruDevice.openOutput(thruListener);
        setThru(true, settings.thruOwnChannel);
      } else {
        // Before this deploy there may have been one.
        engine.closeThru(this.id, true);
      }
      showPort();
      onInput(this, (msg) => {
        const thru = (value: unknown) => {
          const on = toBoolean('thru', value);
          if (output === undefined)
            throw new InvalidParameter('thru', value, 'choose a device for it in the dialog');
          return () => setThru(on, settings.thruOwnChannel);
        };
        obey({ keys: { thru } }, msg);
      });
    } catch (error) {
      refuseConfig(this, error as Error);
      onInput(this, () => {
        throw error;
      });
    }

    onClose(this, (removed) => {
      clearTimeout(warning);
      engine.closeThru(this.id, removed);
      device?.closeInput?.(listener, removed);
      thruDevice?.closeOutput?.(thruListener, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-alsa-in', AlsaIn as never);
};

function showStatus(line: StatusLine, status: InputStatus, driver: string, RED: NodeAPI): void {
  switch (status.state) {
    case 'opening':
      return line.show('grey', 'ring', RED._('phasor-alsa-in.status.opening'));
    case 'open': {
      if (status.kind === 'loopback') return line.show('blue', 'dot', shorten(status.port));
      const port = shorten(status.port, driver === 'rtmidi' ? 24 : 40);
      return line.show(
        'green',
        'dot',
        driver === 'rtmidi' ? RED._('phasor-alsa-in.status.rtmidi', { port }) : port
      );
    }
    case 'missing':
      return line.show('red', 'ring', shorten(status.error.message));
  }
}
