// An engine as a flow would use it, but without Node-RED: ports on the null driver and a clock that announces spans.
import { readdirSync, readFileSync } from 'node:fs';
import { dist } from '../tools.mjs';

const { Engine, DEFAULT_SETTINGS } = dist('engine/index.js');
const { meter } = dist('music/meter.js');

/** 125 BPM at 960 ticks a quarter note: two ticks are one millisecond. */
export const BPM = 125;
export const TICKS_PER_MS = 2;

export async function startEngine(settings = {}) {
  const engine = new Engine({ ...DEFAULT_SETTINGS, driver: 'none', ...settings });
  const { state, waiter, priority, error } = await engine.ready();
  if (state !== 'ok') throw new Error(error);
  return { engine, waiter, ...priority };
}

/** An output to a loopback port; what nobody listens to goes nowhere. */
export function openNull(engine, id) {
  return openOutput(engine, id, { mode: 'loopback', port: id });
}

/** An output to the port of a spec, once it is open. */
export async function openOutput(engine, id, spec) {
  const config = {
    name: id,
    spec,
    channel: 1,
    output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
  };
  let opened;
  const ready = new Promise((resolve) => (opened = resolve));
  const listener = { outputChanged: ({ state }) => state === 'open' && opened() };
  const output = engine.openOutput(id, config, listener);
  await ready;
  return { output, close: () => engine.closeOutput(id, listener, true) };
}

export function openClock(engine, id, lookaheadMs, span) {
  const config = {
    bpm: BPM,
    meter: meter(4, 4),
    lookaheadMs,
    clockWhileStopped: true,
    sendStartStop: true,
    sendSongPosition: true
  };
  return engine.openTransport(id, id, config, { span, beat() {}, changed() {} }).transport;
}

/** Counters and latency of an output since it was opened. */
export function figures(engine, id) {
  return engine.outputReports().find((output) => output.id === id);
}

/** Number of the policy, as /proc has it. */
export const SCHED_FIFO = '1';

/** CPU time that the threads of this process with realtime priority (the worker) have used, in ms; NaN without one. */
export function realtimeCpuMs() {
  let found = NaN;
  for (const task of readdirSync('/proc/self/task')) {
    const read = (name) => readFileSync(`/proc/self/task/${task}/${name}`, 'utf8');
    // The policy is field 41 (proc(5)); the name in field 2 may hold spaces.
    const policy = read('stat')
      .replace(/^.*\) /, '')
      .split(' ')[38];
    if (policy === SCHED_FIFO) found = (found || 0) + Number(read('schedstat').split(' ')[0]) / 1e6;
  }
  return found;
}
