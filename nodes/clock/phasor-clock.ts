import type { Node, NodeAPI, NodeDef } from 'node-red';
import { meter, type Meter } from '../music/meter';
import type { Beat, Span, TransportListener } from '../engine';
import { obey, toBoolean } from '../palette/control';
import { leaseEngine } from '../palette/engine';
import { healthMessage, isWorrying, onHealth } from '../palette/health';
import { onClose, onInput, refuseConfig, StatusLine, whenStarted } from '../palette/node';
import { readClock, type ClockFields } from './clock-config';
import { clockControls } from './controls';
import { TapTempo } from './tap';

type ClockDef = NodeDef & ClockFields;

/** A status four times a second is as much as the editor should have to draw. */
const STATUS_MS = 250;

/** After a deploy the music begins when patterns have answered what is primed and devices have heard of the clock. */
const AUTOSTART_MS = 200;

/** Start of a flow: owns a transport, puts its spans on the first wire and its beats on the second. */
export = function (RED: NodeAPI): void {
  function Clock(this: Node, def: ClockDef): void {
    RED.nodes.createNode(this, def);
    const lease = leaseEngine(RED);
    const { engine } = lease;
    const status = new StatusLine(this);
    let current: Meter = meter(4, 4);
    let shownMs = -Infinity;
    let started = false;

    const listener: TransportListener = {
      span: (span: Span) => {
        current = meter(span.beatsPerBar, span.beatUnit);
        // Before all wires are there it would be lost on some; it is sent when they are.
        if (!started) return false;
        this.send([{ topic: 'span', payload: span }, null] as never);
        if (span.from === span.to) showStopped();
        return true;
      },
      beat: (beat: Beat) => {
        this.send([null, { topic: 'beat', payload: beat }] as never);
        if (beat.timeMs - shownMs < STATUS_MS) return;
        shownMs = beat.timeMs;
        const isWell = !isWorrying(engine.health(), engine.transport(this.id)?.name ?? '');
        const { bpm, bar, beat: number } = beat;
        status.show(
          isWell ? 'green' : 'yellow',
          'dot',
          RED._('phasor-clock.status.running', { bpm: showBpm(bpm), position: `${bar}:${number}` })
        );
      },
      changed: () => showStopped(),
      missed: (ms) => this.warn(RED._('phasor-clock.warnings.missed', { ms: Math.round(ms) }))
    };

    const showStopped = () => {
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
      const controls = clockControls(
        transport,
        new TapTempo(),
        () => engine.now(),
        () => current
      );
      onInput(this, (msg, send) => {
        const health = () => send([null, healthMessage(engine.health())]);
        obey({ ...controls, verbs: { ...controls.verbs, health } }, msg);
      });
      onHealth(engine, this, (health) => {
        if (started) this.send([null, healthMessage(health)] as never);
        if (health.state === 'failed') status.show('red', 'ring', RED._('phasor-clock.status.failed'));
        else showStopped();
      });
      whenStarted(RED, this, () => {
        started = true;
        transport.replay();
        if (!resumed && autostart) transport.start(AUTOSTART_MS);
      });
      showStopped();
    };

    try {
      run();
    } catch (error) {
      refuseConfig(this, error as Error);
      onInput(this, () => {
        throw error;
      });
    }

    onClose(this, (removed) => {
      engine.closeTransport(this.id, listener, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-clock', Clock as never);
};

function showBpm(bpm: number): string {
  return String(Math.round(bpm * 10) / 10);
}
