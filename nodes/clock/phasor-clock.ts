import type { Node, NodeAPI, NodeDef } from 'node-red';
import { meter, meterOf, type Meter } from '../music/meter';
import { InvalidParameter } from '../music/errors';
import {
  ClockDrift,
  FOLLOW_DEFAULTS,
  type Beat,
  type FollowReport,
  type InputHandle,
  type InputListener,
  type OutputListener,
  type Span,
  type TransportListener
} from '../engine';
import { isTidings, obey, toBoolean } from '../palette/control';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';
import { healthMessage, isWorrying, onHealth } from '../palette/health';
import { onClose, onInput, refuseConfig, shorten, StatusLine, whenStarted } from '../palette/node';
import { inWords } from '../palette/words';
import { upToDate } from '../palette/version';
import { readClicks, readClock, readMetronome, type ClockFields } from './clock-config';
import { clockControls } from './controls';
import { controlsOfFollower, followMessage, readFollow, type FollowFields } from './follow';
import { Metronome } from './metronome';
import { TapTempo } from './tap';

type ClockDef = NodeDef & ClockFields & FollowFields & { clickDevice?: string };

/** Topics of a pattern's second output that are none of a clock's business. */
const TOLD: ReadonlySet<unknown> = new Set(['ended', 'saved', 'pattern', 'midi', 'json']);

/** A status four times a second is as much as the editor should have to draw. */
const STATUS_MS = 250;

/** How often the second output tells of a clock that is followed and steady. */
const FOLLOW_MS = 5000;

/** After a deploy the music begins when patterns have answered what is primed and devices have heard of the clock. */
const AUTOSTART_MS = 200;

/** Start of a flow: owns a transport, puts its spans on the first wire and its beats on the second. */
export = function (RED: NodeAPI): void {
  function Clock(this: Node, stored: ClockDef): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored);
    const lease = leaseEngine(RED, this);
    const { engine } = lease;
    const status = new StatusLine(this);
    let current: Meter = meter(4, 4);
    let shownMs = -Infinity;
    let started = false;
    let toldMs = -Infinity;
    let device: DeviceNode | undefined;
    let input: InputHandle | undefined;
    const inputListener: InputListener = { inputChanged: () => showStopped() };
    const clicks = openMetronome(RED, this, def, () => engine.now());

    const listener: TransportListener = {
      span: (span: Span) => {
        // Of a start that may come the meter is none of where it stands.
        const { continueEpoch } = engine.transport(this.id)?.state() ?? {};
        if (!span.primed || span.epoch === continueEpoch) current = meterOf(span);
        // Before all wires are there it would be lost on some; it is sent when they are.
        if (!started) return false;
        clicks?.metronome.answer(span);
        this.send([{ topic: 'span', payload: span }, null] as never);
        if (span.from === span.to) showStopped();
        return true;
      },
      beat: (beat: Beat) => {
        this.send([null, { topic: 'beat', payload: beat }] as never);
        if (beat.timeMs - shownMs < STATUS_MS) return;
        shownMs = beat.timeMs;
        const isWell = !isWorrying(engine.health(), engine.transport(this.id)?.name ?? '');
        const { bar, beat: number } = beat;
        const report = device === undefined ? undefined : engine.transport(this.id)?.followReport();
        if (report !== undefined && beat.timeMs - toldMs > FOLLOW_MS) tellFollow(report);
        if (report !== undefined && report.state !== 'locked') return showFollow(report);
        const bpm = report?.bpm || beat.bpm;
        status.show(
          isWell ? 'green' : 'yellow',
          'dot',
          RED._('phasor-clock.status.running', { bpm: showBpm(bpm), position: `${bar}:${number}` })
        );
      },
      changed: () => showStopped(),
      followed: (report, drifted) => {
        const error = drifted ? new ClockDrift(report.deltaMs) : undefined;
        if (error !== undefined)
          this.error(error, { topic: error.code, payload: { deltaMs: error.deltaMs } } as never);
        tellFollow(report);
        showFollow(report);
      },
      missed: (ms) => this.warn(RED._('phasor-clock.warnings.missed', { ms: Math.round(ms) }))
    };

    const tellFollow = (report: FollowReport) => {
      toldMs = engine.now();
      if (started) this.send([null, followMessage(report)] as never);
    };

    /** What is to be said of the clock that is followed; what is well is said by the beat. */
    const showFollow = ({ state, bpm, jitterMs }: FollowReport) => {
      const isPlaying = engine.transport(this.id)?.state().running === true;
      const values = { name: device?.name ?? '', bpm: showBpm(bpm || 0), jitter: (jitterMs || 0).toFixed(1) };
      // Its stamps cost some exactness, which the jitter does not show.
      const isCoarse = state === 'locked' && engine.report().driver === 'rtmidi';
      const text = RED._(`phasor-clock.follow.${isCoarse ? 'lockedByRtMidi' : state}`, values);
      if (state === 'waiting') status.show('grey', 'ring', text);
      else if (state === 'lost') status.show('red', 'ring', text);
      else if (state === 'locked')
        status.show(isPlaying ? 'green' : 'grey', isPlaying ? 'dot' : 'ring', text);
      else status.show('yellow', isPlaying ? 'dot' : 'ring', text);
    };

    const showStopped = () => {
      if (device !== undefined && input !== undefined) {
        const report = engine.transport(this.id)?.followReport();
        if (input.status.state === 'missing')
          status.show('red', 'ring', shorten(inWords(RED._, input.status.error)));
        else if (report !== undefined && report.state !== 'none') showFollow(report);
        return;
      }
      const state = engine.transport(this.id)?.state();
      if (state === undefined || state.running || engine.health().state === 'failed') return;
      shownMs = -Infinity;
      status.show(
        'grey',
        'ring',
        RED._('phasor-clock.status.stopped', { bpm: showBpm(state.tempo.bpmAt(engine.now())) })
      );
    };

    const run = () => {
      const config = readClock(def, engine.settings.lookaheadMs);
      const autostart = toBoolean('autostart', def.autostart ?? false);
      current = config.meter;
      const { transport, resumed } = engine.openTransport(this.id, def.name || 'clock', config, listener);
      transport.countInTicks = () => clicks?.metronome.countInTicks(current) ?? 0;
      const ownControls = clockControls(
        transport,
        new TapTempo(),
        () => engine.now(),
        () => current
      );
      const following = readFollow(def);
      if (following !== undefined) {
        device = (RED.nodes.getNode(def.followDevice ?? '') as DeviceNode | null) ?? undefined;
        if (!device?.openInput)
          throw new InvalidParameter('followDevice', def.followDevice, 'choose a device in the dialog');
        input = device.openInput(inputListener);
      }
      engine.follow(transport, input, following ?? FOLLOW_DEFAULTS);
      const controls =
        device === undefined ? ownControls : controlsOfFollower(ownControls, input?.name ?? device.id);
      onInput(this, (msg, send) => {
        // A pattern that is wired to the clock for the tempo of its file tells more than that.
        if (TOLD.has(msg.topic) || isTidings((msg.payload as { type?: unknown } | undefined)?.type)) return;
        const health = () => send([null, healthMessage(engine.health())]);
        const verbs = { ...controls.verbs, health };
        obey({ verbs, keys: { ...controls.keys, clicks: (value) => setClicks(clicks, value) } }, msg);
      });
      onHealth(engine, this, (health) => {
        if (started) this.send([null, healthMessage(health)] as never);
        if (health.state === 'failed') status.show('red', 'ring', RED._('phasor-clock.status.failed'));
        else showStopped();
      });
      whenStarted(RED, this, () => {
        started = true;
        transport.replay();
        if (!resumed && autostart && device === undefined) transport.start(AUTOSTART_MS);
      });
      showStopped();
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
      device?.closeInput?.(inputListener, removed);
      clicks?.close(removed);
      engine.closeTransport(this.id, listener, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-clock', Clock as never);
};

/** Opens the metronome's device, if it has one. What is wrong with it does not keep the clock from running. */
function openMetronome(
  RED: NodeAPI,
  node: Node,
  def: ClockDef,
  now: () => number
): { metronome: Metronome; close(removed: boolean): void } | undefined {
  const device = RED.nodes.getNode(def.clickDevice ?? '') as DeviceNode | null;
  if (!device?.openOutput) {
    if ((def.clicks ?? 'off') !== 'off') node.error(RED._('phasor-clock.errors.clickDevice'));
    return undefined;
  }
  try {
    const config = readMetronome(def);
    const listener: OutputListener = { outputChanged: () => undefined };
    const metronome = new Metronome(node.id, device.openOutput(listener), config, now);
    return { metronome, close: (removed) => device.closeOutput(listener, removed) };
  } catch (error) {
    node.error((error as Error).message);
    return undefined;
  }
}

function setClicks(clicks: { metronome: Metronome } | undefined, value: unknown): () => void {
  if (clicks === undefined) {
    throw new InvalidParameter('clicks', value, 'the clock has no device for its metronome');
  }
  const chosen = readClicks(value);
  return () => (clicks.metronome.clicks = chosen);
}

function showBpm(bpm: number): string {
  return String(Math.round(bpm * 10) / 10);
}
