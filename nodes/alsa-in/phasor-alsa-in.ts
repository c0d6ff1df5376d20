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
import { inWords } from '../palette/words';
import { upToDate } from '../palette/version';
import { Hearing } from './heard';
import { inputEvent } from '../music/bytes';
import { passes } from '../music/midi-filter';
import { readRecording, Recording, type RecordFields } from './recording';
import { readInputFields, type InputFields, type InputSettings } from './input-config';

type AlsaInDef = NodeDef & InputFields & RecordFields & { device: string };

const SYSEX = 0xf0;

/** How long the status tells what went wrong before it shows the port again. */
const WARNING_MS = 3000;

/** Start of a flow: what arrives at the port of a device, and a way for it past the flow. */
export = function (RED: NodeAPI): void {
  function AlsaIn(this: Node, stored: AlsaInDef): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored);
    const device = RED.nodes.getNode(def.device) as DeviceNode | null;
    const thruDevice = def.thru ? (RED.nodes.getNode(def.thru) as DeviceNode | null) : undefined;
    const lease = leaseEngine(RED, this);
    const { engine } = lease;
    const status = new StatusLine(this);
    const guard = new LoopGuard();
    let hearing: Hearing | undefined;
    let settings: InputSettings | undefined;
    let input: InputHandle | undefined;
    let output: OutputHandle | undefined;
    let warning: NodeJS.Timeout | undefined;
    let loopsTold = 0;
    let recording: Recording | undefined;

    const showPort = () => {
      warning = undefined;
      if (recording?.isOn) status.show('red', 'dot', RED._('phasor-alsa-in.status.recording'));
      else if (input !== undefined) showStatus(status, input.status, engine.report().driver, RED);
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
        if (now.state === 'missing')
          for (const message of hearing?.letGo(engine.now()) ?? []) this.send([message, null] as never);
        if (warning === undefined) showPort();
      },
      received: (bytes, timeMs) => {
        if (!guard.passes(wordOf(bytes), timeMs)) {
          if (guard.loops === loopsTold) return;
          loopsTold = guard.loops;
          return tellLoop(new FeedbackLoop(input?.name ?? '', engine.outputBeside(input)));
        }
        for (const message of hearing?.take(bytes, timeMs) ?? []) this.send([message, null] as never);
        const { filter } = settings ?? {};
        if (recording?.isOn && filter && passes(filter, bytes[0], bytes[1] ?? 0))
          recording.take(inputEvent(bytes), timeMs);
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
      const read = (settings = readInputFields(def));
      hearing = new Hearing(read);
      if (!device?.openInput)
        throw new InvalidParameter('device', def.device, 'choose a device in the dialog');
      if (thruDevice === null) throw new InvalidParameter('thru', def.thru, 'there is no such device');
      input = device.openInput(listener);
      if (thruDevice !== undefined) {
        output = thruDevice.openOutput(thruListener);
        setThru(true, read.thruOwnChannel);
      } else {
        // Before this deploy there may have been one.
        engine.closeThru(this.id, true);
      }
      const give = (json: object) => this.send([null, { topic: 'pattern', payload: json }] as never);
      const recorder = new Recording(engine, def.recordClock ?? '', readRecording(def), give);
      recording = recorder;
      showPort();
      onInput(this, (msg) => {
        const thru = (value: unknown) => {
          const on = toBoolean('thru', value);
          if (output === undefined)
            throw new InvalidParameter('thru', value, 'choose a device for it in the dialog');
          return () => setThru(on, read.thruOwnChannel);
        };
        const record = (value: unknown) => {
          const on = toBoolean('record', value);
          return () => {
            if (on) recorder.start();
            else recorder.stop();
            showPort();
          };
        };
        obey({ verbs: { clear: () => recorder.clear() }, keys: { thru, record } }, msg);
      });
    } catch (error) {
      refuseConfig(RED, this, error as Error);
      onInput(this, () => {
        throw error;
      });
    }

    onClose(this, (removed) => {
      clearTimeout(warning);
      recording?.end();
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
      return line.show('red', 'ring', shorten(inWords(RED._, status.error)));
  }
}

/** A message in a word, for the guard: its bytes, the first lowest; of a sysex F0 and what all of it comes to. */
function wordOf(bytes: Uint8Array): number {
  if (bytes[0] !== SYSEX) return bytes[0] | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return SYSEX | (sum << 8);
}
