import type { Node, NodeAPI, NodeDef } from 'node-red';
import { InvalidParameter, type Span } from '../engine';
import { obey, toBoolean, type Control, type Controls } from '../palette/control';
import { leaseEngine } from '../palette/engine';
import { onClose, onInput, refuseConfig, shorten, StatusLine, whenStarted } from '../palette/node';
import { readPattern, type PatternFields } from './pattern-config';
import { Player, type Joins } from './player';

type PatternDef = NodeDef & PatternFields;

/** What outlives a deploy: where the pattern has joined its clocks, and what it was then set to. */
interface Kept {
  joins: Joins;
  fields: string;
}

const FIELDS = ['notation', 'cycleBeats', 'gate', 'velocity', 'channel', 'scale', 'seed', 'quantum'] as const;

/** Middle of a flow: answers the spans of a clock with the notes of a pattern. */
export = function (RED: NodeAPI): void {
  function PatternNode(this: Node, def: PatternDef): void {
    RED.nodes.createNode(this, def);
    const lease = leaseEngine(RED);
    const { engine } = lease;
    const status = new StatusLine(this);
    let fields: PatternFields = Object.fromEntries(FIELDS.map((key) => [key, def[key]]));

    const run = () => {
      const { state } = engine.openState<Kept>(this.id, () => ({
        joins: new Map(),
        fields: JSON.stringify(fields)
      }));
      const { pattern, quantum } = readPattern(fields);
      const player = new Player(this.id, state.joins, pattern, quantum);
      const changed = state.fields !== JSON.stringify(fields);
      state.fields = JSON.stringify(fields);

      const showStatus = () => {
        if (player.muted) status.show('yellow', 'ring', RED._('phasor-pattern.status.muted'));
        else status.show('green', 'dot', shorten((fields.notation ?? '').trim().split('\n')[0], 20));
      };
      /** What was queued and has not sounded is replaced by what the pattern plays now. */
      const replay = () => {
        for (const clock of player.clocks()) {
          engine.cancel({ source: this.id, clock });
          engine.prime(clock);
        }
      };
      const change =
        (key: (typeof FIELDS)[number]): Control =>
        (value) => {
          const next = { ...fields, [key]: value as never };
          readPattern(next);
          return () => {
            fields = { ...fields, [key]: value as never };
            const { pattern, quantum } = readPattern(fields);
            player.pattern = pattern;
            player.quantum = quantum;
            state.fields = JSON.stringify(fields);
            replay();
            showStatus();
          };
        };
      const controls: Controls = {
        keys: {
          ...Object.fromEntries(FIELDS.map((key) => [key, change(key)])),
          mute: (value) => {
            const muted = toBoolean('mute', value);
            return () => {
              if (muted === player.muted) return;
              player.muted = muted;
              replay();
              showStatus();
            };
          }
        }
      };

      onInput(this, (msg, send) => {
        const { type } = (msg.payload ?? {}) as Partial<Span>;
        if (type === 'span') send([player.answer(readSpan(msg.payload))]);
        else if ((type as string | undefined) !== 'beat') obey(controls, msg);
      });
      whenStarted(RED, this, () => {
        if (changed) replay();
      });
      showStatus();
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
      engine.closeState(this.id, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-pattern', PatternNode as never);
};

/** A span may have passed through a flow; what is missing would only show as silence. */
function readSpan(payload: unknown): Span {
  const span = payload as Span;
  for (const key of ['from', 'to', 'position', 'epoch', 'beatsPerBar', 'beatUnit'] as const) {
    if (typeof span[key] !== 'number' || !Number.isFinite(span[key])) {
      throw new InvalidParameter(`span.${key}`, span[key], 'a number is needed');
    }
  }
  if (typeof span.clock !== 'string')
    throw new InvalidParameter('span.clock', span.clock, 'the id of a clock is needed');
  return span;
}
