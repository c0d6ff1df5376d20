// How lateness grows with what waits, with ports and with messages, and how long the main thread may be away: curves.
// The first point of each curve is its baseline.
import { overRounds, part, ratio, time } from './tools.mjs';

const PENDING = [100, 1000, 10_000, 100_000];
const PORTS = [1, 2, 4, 8, 16, 32];
/** Messages a second: two for each note. */
const RATES = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000];
const LATE_MS = 1;
/** Up to where a curve may have no knee, and what a knee is: p99 so many times that of its first point, and late. */
const KNEES = { pending: 10_000, ports: 16 };
const KNEE = 4;
const LOOKAHEADS = [50, 150, 400];
const STALLS = [
  { hops: 0, everyTurn: false },
  { hops: 0, everyTurn: true },
  { hops: 4, everyTurn: true },
  { hops: 8, everyTurn: true }
];
const STALL_STEPS = 4;

export async function run({ rounds, seconds }) {
  const curves = {
    pending: PENDING.map((pending) => ({ x: pending, load: { pending, ports: 1, stepMs: 1 }, measured: [] })),
    ports: PORTS.map((ports) => ({ x: ports, load: { pending: 0, ports, stepMs: 4 }, measured: [] })),
    rate: RATES.map((rate) => ({
      x: rate,
      load: { pending: 0, ports: 1, stepMs: 2000 / rate },
      measured: []
    }))
  };
  for (let round = 0; round < rounds; round++) {
    for (const point of Object.values(curves).flat()) {
      // Measured for as long as is asked for, after some seconds of filling and warming up.
      point.measured.push(await part('scaling', { ...point.load, seconds }, { seconds: seconds + 30 }));
    }
  }
  const stalls = [];
  for (const { hops, everyTurn } of STALLS) {
    for (const lookaheadMs of LOOKAHEADS) {
      const options = { lookaheadMs, hops, everyTurn, steps: STALL_STEPS };
      stalls.push({ hops, everyTurn, lookaheadMs, ...(await part('stall', options, { seconds: 120 })) });
    }
  }
  return {
    tables: [
      table('Events that wait for one port, beside 2000 messages a second', 'waiting', curves.pending),
      table('Ports, each with 500 messages a second, all at the same moments', 'ports', curves.ports),
      table('Messages a second to one port, each at a moment of its own', 'messages/s', curves.rate),
      stallTable(stalls)
    ],
    goals: [
      ...Object.entries(KNEES).map(([name, limit]) => {
        const knee = kneeOf(curves[name], limit);
        return {
          what: `no knee up to ${limit.toLocaleString('en')} ${name === 'pending' ? 'waiting events' : name}`,
          goal: `p99 < ${KNEE} × the first point, or < ${LATE_MS} ms`,
          figure: knee === undefined ? 'none' : `at ${knee.toLocaleString('en')}`,
          met: knee === undefined
        };
      }),
      {
        what: 'messages a second until p99 is late',
        goal: `≥ 8000 with p99 < ${LATE_MS} ms`,
        figure: `${highestInTime(curves.rate).toLocaleString('en')}`,
        met: highestInTime(curves.rate) >= 8000
      }
    ],
    ratios: {
      'p50, 16 ports : 1': ratio(at(curves.ports, 16), at(curves.ports, 1), 'p50Ms'),
      'CPU of the worker, 10000 waiting : 100': ratio(
        at(curves.pending, 10_000),
        at(curves.pending, 100),
        'workerPercent'
      )
    },
    charts: [
      curve('pending', 'Lateness with events waiting', 'events that wait', curves.pending),
      curve('ports', 'Lateness with ports', 'ports', curves.ports),
      curve('rate', 'Lateness with messages a second', 'messages a second', curves.rate),
      {
        name: 'cpu',
        title: 'CPU with messages a second',
        xLabel: 'messages a second',
        yLabel: '% of a core',
        yScale: 'linear',
        series: ['workerPercent', 'mainPercent'].map((key) => ({
          name: key === 'workerPercent' ? 'worker' : 'main thread',
          points: curves.rate.map(({ x, measured }) => [x, middle(measured, key)])
        }))
      },
      {
        name: 'stall',
        title: 'Absence of the main thread until the first event is late',
        xLabel: 'lookahead, ms',
        yLabel: 'absence, ms',
        xScale: 'linear',
        yScale: 'linear',
        series: STALLS.map((way) => ({
          name: wayOf(way),
          points: stalls
            .filter(({ hops, everyTurn }) => hops === way.hops && everyTurn === way.everyTurn)
            .map(({ lookaheadMs, safeMs }) => [lookaheadMs, safeMs])
        }))
      }
    ],
    notes: [
      `Lateness is that of the port that is worst. ${rounds} rounds of ${seconds} s; medians over the rounds. Worker: ` +
        `${curves.rate[0].measured[0].granted} ${curves.rate[0].measured[0].priority}.`,
      'Absence: found by halving; the longest after which nothing was late, and the shortest after which something was, ' +
        'twice. A hop is one turn of the main loop between clock and output, as each wire of a flow may take. "Every turn": ' +
        'the main thread is busy so long again and again, and does one turn of its loop in between.'
    ],
    curves,
    stalls
  };
}

function table(title, x, points) {
  return {
    title,
    columns: [
      x,
      'p50',
      'p99',
      'p99.9',
      'max',
      'sent a second',
      'entered late',
      'dropped',
      'worker',
      'main thread'
    ],
    rows: points.map(({ x: value, measured }) => {
      const { p50Ms, p99Ms, p999Ms, maxMs } = overRounds(measured);
      const total = (key) => measured.reduce((sum, round) => sum + round[key], 0);
      return [
        value.toLocaleString('en'),
        ...[p50Ms, p99Ms, p999Ms, maxMs].map(time),
        middle(measured, 'sentPerS').toFixed(0),
        total('late'),
        total('dropped'),
        percent(middle(measured, 'workerPercent')),
        percent(middle(measured, 'mainPercent'))
      ];
    })
  };
}

function stallTable(stalls) {
  return {
    title: 'Absence of the main thread until the first event is late',
    columns: ['absence', ...LOOKAHEADS.map((ms) => `lookahead ${ms} ms`)],
    rows: STALLS.map((way) => [
      wayOf(way),
      ...stalls
        .filter(({ hops, everyTurn }) => hops === way.hops && everyTurn === way.everyTurn)
        .map(({ safeMs, lossMs }) => `${safeMs.toFixed(0)} – ${lossMs.toFixed(0)} ms`)
    ])
  };
}

function wayOf({ hops, everyTurn }) {
  return `${everyTurn ? 'every turn' : 'once'}, ${hops} hops`;
}

function curve(name, title, xLabel, points) {
  return {
    name,
    title,
    xLabel,
    yLabel: 'lateness, ms',
    series: ['p50Ms', 'p99Ms', 'p999Ms'].map((key) => ({
      name: { p50Ms: 'p50', p99Ms: 'p99', p999Ms: 'p99.9' }[key],
      points: points.map(({ x, measured }) => [x, overRounds(measured)[key]])
    }))
  };
}

/** The first point, not above the limit, that is late and much later than the first of all. */
function kneeOf(points, limit) {
  const first = overRounds(points[0].measured).p99Ms;
  return points.find(({ x, measured }) => {
    const { p99Ms } = overRounds(measured);
    return x <= limit && p99Ms >= LATE_MS && p99Ms > KNEE * first;
  })?.x;
}

/** The highest rate before the first that was late or lost something. */
function highestInTime(points) {
  const late = points.findIndex(
    ({ measured }) => overRounds(measured).p99Ms >= LATE_MS || measured.some(({ dropped }) => dropped > 0)
  );
  return late === 0 ? 0 : points.at(late < 0 ? -1 : late - 1).x;
}

function at(points, x) {
  return points.find((point) => point.x === x).measured;
}

function middle(measured, key) {
  const sorted = measured.map((round) => round[key]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function percent(value) {
  return value === null || Number.isNaN(value) ? '' : `${value.toFixed(1)} %`;
}
