// Following a MIDI clock that comes with the jitter of a DIN cable, of a real one's kind or worse, in virtual time:
// the smooth time of each pulse beside the pulse as it arrived.
import { dist, generator, time } from './tools.mjs';

const SEEDS = [1, 2, 3, 4, 5];
const BPM = 120;
const PULSES = 24 * 240;
const SETTLED = 24 * 20;
const STEP = 1.05;
const STEP_AT = 24 * 30;
/** After a step the phase has settled when it stays within so much, or within so many of its standard deviations. */
const SETTLED_MS = 0.25;
const SETTLED_SD = 4;

/** The ways on which a pulse arrives, each as a function of its sending. */
const WAYS = {
  'DIN, normal, sd 0.15 ms': (random) => (ms) => ms + 0.15 * gauss(random),
  'USB, frames of 1 ms': () => (ms) => Math.ceil(ms),
  'blocks of 256 samples': () => (ms) => Math.ceil(ms / 5.805) * 5.805,
  '1 % late by up to 8 ms': (random) => (ms) =>
    ms + 0.15 * Math.abs(gauss(random)) + (random() < 0.01 ? 8 * random() : 0)
};

export function run() {
  const { Pulses, BANDWIDTH_HZ } = dist('engine/core/follow/pulses.js');
  const rows = [];
  const worst = {};
  for (const [name, way] of Object.entries(WAYS)) {
    const found = SEEDS.map((seed) => {
      const { sentMs, arrivedMs } = trace(PULSES, () => BPM, way(generator(seed)));
      const { smooth } = follow(new Pulses(BANDWIDTH_HZ.smooth, 2500 / BPM), arrivedMs);
      const sd = (values) => deviation(values.map((ms, pulse) => ms - sentMs[pulse]).slice(SETTLED));
      const settleMs = settle(way(generator(seed)), Math.max(SETTLED_MS, SETTLED_SD * sd(smooth)));
      return { smooth: sd(smooth), raw: sd(arrivedMs), settleMs };
    });
    const most = (key) => Math.max(...found.map((one) => one[key]));
    worst[name] = { smooth: most('smooth'), raw: most('raw'), settleMs: most('settleMs') };
    const { smooth, raw, settleMs } = worst[name];
    rows.push([name, time(raw), time(smooth), (smooth / raw).toFixed(2), `${settleMs.toFixed(0)} ms`]);
  }

  function settle(way, withinMs) {
    const { sentMs, arrivedMs } = trace(24 * 60, (pulse) => (pulse < STEP_AT ? BPM : BPM * STEP), way);
    const { smooth } = follow(new Pulses(BANDWIDTH_HZ.smooth, 2500 / BPM), arrivedMs);
    let last = STEP_AT;
    const offset = mean(smooth.slice(-24 * 10).map((ms, at) => ms - sentMs.at(at - 24 * 10)));
    for (let pulse = STEP_AT; pulse < smooth.length; pulse++)
      if (Math.abs(smooth[pulse] - sentMs[pulse] - offset) > withinMs) last = pulse;
    return sentMs[last] - sentMs[STEP_AT];
  }

  const din = worst[Object.keys(WAYS)[0]];
  return {
    tables: [
      {
        title: `${BPM} BPM, ${PULSES} pulses, the worst of ${SEEDS.length} seeds`,
        columns: ['way', 'pulses as they arrive, sd', 'followed, sd', 'ratio', `settled after a step of 5 %`],
        rows
      }
    ],
    goals: [
      {
        what: 'phase of the follower, sd, with DIN jitter',
        goal: '≤ 0.1 ms',
        figure: time(din.smooth),
        met: din.smooth <= 0.1
      },
      {
        what: 'settled after a tempo step of 5 %, with DIN jitter',
        goal: '< 1.2 s',
        figure: `${din.settleMs.toFixed(0)} ms`,
        met: din.settleMs < 1200
      }
    ],
    ratios: Object.fromEntries(
      Object.entries(worst).map(([name, { smooth, raw }]) => [`${name} : as it arrives`, smooth / raw])
    ),
    notes: [
      `Seeds ${SEEDS.join(', ')}; the first ${SETTLED / 24} quarters are left out. Settled: within ${SETTLED_MS} ms, or ${SETTLED_SD} times the standard deviation, from then on; a pulse that is late by itself counts as not settled.`
    ],
    worst
  };
}

function follow(pulses, arrivedMs) {
  const smooth = [];
  for (const ms of arrivedMs) {
    pulses.take(ms);
    smooth.push(pulses.dll.smoothMs);
  }
  return { smooth };
}

function trace(pulses, bpmAt, way) {
  const sentMs = [];
  const arrivedMs = [];
  for (let pulse = 0, ms = 1000.37; pulse < pulses; ms += 2500 / bpmAt(pulse), pulse++) {
    sentMs.push(ms);
    arrivedMs.push(Math.max(arrivedMs.at(-1) ?? 0, way(ms)));
  }
  return { sentMs, arrivedMs };
}

function gauss(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
