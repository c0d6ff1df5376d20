import type { Node, NodeAPI, NodeDef } from 'node-red';
import { InvalidParameter, type Span } from '../engine';
import { integerWithin, numberWithin } from '../music/errors';
import { MAX_POSITION_TICKS } from '../music/pattern';
import { isTidings, obey } from '../palette/control';
import { leaseEngine } from '../palette/engine';
import { checkContent } from '../palette/files-admin';
import { onClose, onInput, refuseConfig, shorten, StatusLine, whenStarted } from '../palette/node';
import { inWords } from '../palette/words';
import { upToDate } from '../palette/version';
import { patternControls, readWhen, withWhen, type ControlMessage } from './controls';
import { Auditions } from './audition';
import { FileTempo } from './file-tempo';
import { openExport, type Exported } from './export';
import { openMutation } from './mutation';
import type { PatternHost } from './part';
import { UPGRADES, type PatternFields } from './pattern-config';
import { readPatternFile } from './pattern-file';
import { freshState, Performer, type Change, type Kept } from './performer';
import { openSource } from './source';

/** Longest span that is answered: ten bars of 4/4, a hundred times what a clock announces at once. */
const MAX_SPAN_TICKS = 38_400;

type PatternDef = NodeDef & PatternFields;

/** Middle of a flow: answers the spans of a clock with the notes of a pattern. */
export = function (RED: NodeAPI): void {
  const auditions = new Auditions();
  auditions.serve(RED);
  checkContent('patterns', (bytes, name) => void readPatternFile(name, bytes));

  function PatternNode(this: Node, stored: PatternDef): void {
    RED.nodes.createNode(this, stored);
    const def = upToDate(this, stored, UPGRADES);
    const lease = leaseEngine(RED, this);
    const { engine } = lease;
    const status = new StatusLine(this);
    let performer: Performer | undefined;
    const host: PatternHost = {
      id: this.id,
      RED,
      changed: (when) => {
        try {
          performer?.renew(when);
        } catch (error) {
          this.error((error as Error).message);
        }
      },
      set: (fields, when) => performer?.change({ fields, when }),
      nextCycle: (clock, epoch, tick) => performer?.nextCycle(clock, epoch, tick),
      tell: (msg) => this.send([null, msg] as never),
      fail: (error) => this.error(error.message, { payload: error.message } as never)
    };
    const source = openSource(host);
    const mutation = openMutation(host);
    const exporting = openExport(host, (): Exported => {
      if (performer === undefined) throw new InvalidParameter('export', undefined, 'this node cannot play');
      const { pattern, fields } = performer;
      return { pattern, marks: source.marks?.(fields) };
    });
    const tempo = new FileTempo(engine, {
      marks: () => (performer?.fileTempo ? source.marks?.(performer.fields)?.tempos : undefined),
      placeAt: (clock, epoch, tick) => performer?.placeAt(clock, epoch, tick),
      tell: (bpm) => host.tell({ topic: 'tempo', payload: { bpm } })
    });
    const parts = [exporting, source, mutation];

    const showStatus = () => {
      if (performer === undefined) return;
      const { fields, muted, solo, silenced } = performer;
      const text = (key: string) => RED._(`phasor-pattern.status.${key}`);
      const problem = source.problem?.(fields);
      if (muted) status.show('yellow', 'ring', text('muted'));
      else if (silenced) status.show('yellow', 'ring', text('silenced'));
      else if (problem !== undefined) status.show('red', 'ring', shorten(inWords(RED._, problem)));
      else {
        const what = String(fields[fields.source as 'notation' | 'file']);
        const name = fields.source === 'grid' ? text('grid') : what.trim().split('\n')[0];
        status.show('green', 'dot', shorten(solo ? `${text('solo')}: ${name}` : name, 20));
      }
    };

    const run = () => {
      const { state } = engine.openState<Kept>(this.id, () => freshState(def));
      const playing = (performer = new Performer(this.id, def, state, engine, source, mutation, {
        send: (messages) => this.send([messages, null] as never),
        ended: (at) => this.send([null, { topic: 'ended', payload: 'launch', at }] as never),
        changed: () => {
          showStatus();
          tempo.changed();
        }
      }));
      auditions.open(this.id, playing, host.fail);
      onInput(this, (msg, send) => {
        const { type } = (msg.payload ?? {}) as Partial<Span>;
        if (type === 'span') {
          const span = readSpan(msg.payload);
          send([playing.answer(span), null]);
          tempo.answered(span);
        } else if (!isTidings(type)) control(playing, withWhen(msg as ControlMessage));
      });
      const control = (on: Performer, msg: ControlMessage) => {
        if (parts.some((part) => part.receive?.(msg) === true)) return;
        const draft: Change = {};
        if (msg.when !== undefined) draft.when = readWhen(msg.when);
        const acts: (() => void)[] = [];
        obey(patternControls(draft, msg, parts, acts), msg);
        on.change(draft);
        for (const act of acts) act();
      };
      whenStarted(RED, this, () => {
        if (!playing.isStale) return;
        playing.renew('now');
        // What went by while the node was not there.
        for (const clock of playing.clocks()) engine.prime(clock);
      });
      showStatus();
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
      auditions.close(this.id);
      tempo.close();
      performer?.close(removed);
      performer = undefined;
      for (const part of parts) part.close?.(removed);
      engine.closeState(this.id, removed);
      lease.release();
    });
  }

  RED.nodes.registerType('phasor-pattern', PatternNode as never);
};

/** A span may have passed through a flow; what is missing would only show as silence. */
function readSpan(payload: unknown): Span {
  const span = payload as Span;
  for (const key of ['from', 'to', 'epoch', 'beatsPerBar', 'beatUnit'] as const) {
    numberWithin(`span.${key}`, span[key], -MAX_POSITION_TICKS, MAX_POSITION_TICKS);
  }
  numberWithin('span.position', span.position, 0, MAX_POSITION_TICKS);
  numberWithin('span.to', span.to, span.from, span.from + MAX_SPAN_TICKS);
  const { barPosition, bar } = span;
  if (barPosition !== undefined) numberWithin('span.barPosition', barPosition, 0, MAX_POSITION_TICKS);
  if (bar !== undefined) integerWithin('span.bar', bar, 1, MAX_POSITION_TICKS);
  if (typeof span.clock !== 'string')
    throw new InvalidParameter('span.clock', span.clock, 'the id of a clock is needed');
  return span;
}
