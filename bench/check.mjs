// What CI looks at: a few ratios that hold on a machine that others load. Each is of two things that were measured in turns
// in this run, most of them work of a processor or counts rather than moments; where a moment is meant it is the median, which
// a crowded machine hardly moves, and not the tail, which is all its own. What each line may be at most stands in
// bench/baseline.json; a line that is beyond it is measured once more, by itself, before it counts.
import { bytesPerEvent } from './alloc.mjs';
import { run as chain } from './chain.mjs';
import { run as follower } from './follower.mjs';
import { run as midiFile } from './midi-file.mjs';
import { run as queue } from './queue.mjs';
import { run as start } from './start.mjs';
import { median, part } from './tools.mjs';

const ONE = { rounds: 1, seconds: 3, short: true };
/** Below it a wake-up is as good as at once, and a ratio of two such says nothing. */
const AT_ONCE_MS = 0.1;
const ROUNDS = 3;
const MOMENTS_S = 2;

/** Each group measures some lines together. */
const GROUPS = [
  { lines: (name) => name.startsWith('push + pop'), measure: async () => (await queue(ONE)).ratios },
  { lines: is('bytes per event'), measure: async () => ({ 'bytes per event': await bytesPerEvent() }) },
  { lines: (name) => name.startsWith('MIDI file'), measure: loadFile },
  { lines: (name) => name.startsWith('followed'), measure: follow },
  { lines: is('slope of MIDI clock over virtual hours, ppb'), measure: slope },
  { lines: (name) => name.startsWith('engine'), measure: startEngine },
  { lines: is('main thread of 16 voices : core nodes'), measure: voices },
  { lines: (name) => name.startsWith('blocked'), measure: moments }
];

/** @param {{ only?: string[] }} options `only`: the groups that these lines belong to */
export async function run({ only }) {
  const ratios = {};
  const unjudged = {};
  for (const { lines, measure } of GROUPS) {
    if (only !== undefined && !only.some(lines)) continue;
    const startedMs = performance.now();
    const { unjudged: others = {}, ...judged } = await measure();
    Object.assign(ratios, judged);
    Object.assign(unjudged, others);
    console.error(
      `  ${Object.keys(judged).join('; ')}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`
    );
  }
  const rows = Object.entries(unjudged).map(([what, figure]) => [what, figure.toPrecision(3)]);
  return {
    tables:
      rows.length === 0
        ? []
        : [{ title: 'Without a verdict: on a crowded machine it is chance', columns: ['what', 'now'], rows }],
    goals: [],
    ratios,
    notes: [
      'Each line is what ours is to its baseline in the same run, less is better; counts are counts.',
      `A lateness below ${AT_ONCE_MS * 1000} µs counts as that much.`
    ]
  };
}

function is(name) {
  return (other) => other === name;
}

async function loadFile() {
  const { ratios } = await midiFile(ONE);
  return Object.fromEntries(Object.entries(ratios).map(([line, ratio]) => [`MIDI file, ${line}`, ratio]));
}

/** Virtual time and fixed seeds: the same on every machine. */
async function follow() {
  const { ratios } = await follower(ONE);
  return Object.fromEntries(Object.entries(ratios).map(([line, ratio]) => [`followed, ${line}`, ratio]));
}

async function slope() {
  const { slopePpb } = await part('clock', { way: 'virtual', bpm: 120, hours: 0.25 });
  return { 'slope of MIDI clock over virtual hours, ppb': Math.abs(slopePpb) };
}

async function startEngine() {
  const { ratios } = await start(ONE);
  return Object.fromEntries(Object.entries(ratios).map(([line, ratio]) => [`engine, ${line}`, ratio]));
}

async function voices() {
  const { ratios, measured } = await chain(ONE);
  return {
    'main thread of 16 voices : core nodes': ratios['main thread above rest : core nodes'],
    unjudged: { 'worker for 16 voices, % of a core': measured.ours[0].workerMsPerS / 10 }
  };
}

/** An event each ms with the main thread idle, with it blocked, and from a timer on a main thread that is blocked, in turns. */
async function moments() {
  const rounds = [];
  const time = { seconds: MOMENTS_S + 10 };
  for (let round = 0; round < ROUNDS; round++) {
    const ours = (load) => part('lateness', { priority: 70, load, seconds: MOMENTS_S }, time);
    const timer = { load: 'blocked', way: 'interval', seconds: MOMENTS_S };
    rounds.push({
      idle: await ours('idle'),
      blocked: await ours('blocked'),
      timer: await part('main-thread', timer, time)
    });
  }
  const middle = (ratio) => median(rounds.map(ratio));
  const total = (count) => rounds.reduce((sum, round) => sum + count(round), 0);
  const late = ({ p50Ms }) => Math.max(p50Ms, AT_ONCE_MS);
  return {
    'blocked : idle, p50 of lateness': middle(({ blocked, idle }) => late(blocked) / late(idle)),
    'blocked, p50 : setInterval': middle(({ blocked, timer }) => late(blocked) / late(timer)),
    unjudged: {
      'blocked, MIDI clocks that were skipped': total(({ blocked }) => blocked.clocksSkipped),
      'blocked : idle, p99 of lateness': middle(({ blocked, idle }) => blocked.p99Ms / idle.p99Ms),
      'blocked, p99 : setInterval': middle(({ blocked, timer }) => blocked.p99Ms / timer.p99Ms),
      'blocked, events dropped for being too late': total(({ blocked }) => blocked.dropped)
    }
  };
}
