// How fast a parameter is through a cc profile node and an alsa out in a real Node-RED, beside an event that goes
// straight to the same alsa out, sent in turns with it.
import { overRounds, part, ratio, time, times } from './tools.mjs';

/** Each way: what is sent, and how long it may take. */
const WAYS = [
  { way: 'event', name: 'event → alsa out', goalMs: 5 },
  { way: 'parameter', name: 'parameter → cc profile → alsa out', goalMs: 10 },
  { way: 'six', name: 'six parameters in one message, the last of them', goalMs: 10 }
];

export async function run({ rounds, seconds }) {
  const measured = [];
  for (let round = 0; round < rounds; round++)
    measured.push(await part('parameter', { seconds }, { seconds: seconds * 2 }));
  const of = (way) => measured.map((round) => round[way]);
  return {
    tables: [
      {
        title: `${overRounds(of('event')).count} messages of each, one about every 10 ms; t3 − t0`,
        columns: ['way', 'p50', 'p99', 'p99.9', 'max', 'p99 : event'],
        rows: WAYS.map(({ way, name }) => [
          name,
          ...times(overRounds(of(way))),
          ratio(of(way), of('event'), 'p99Ms').toFixed(2)
        ])
      }
    ],
    goals: WAYS.map(({ way, name, goalMs }) => {
      const { p99Ms } = overRounds(of(way));
      return { what: `p99, idle, ${name}`, goal: `< ${goalMs} ms`, figure: time(p99Ms), met: p99Ms < goalMs };
    }),
    ratios: {
      'p50, parameter : event': ratio(of('parameter'), of('event'), 'p50Ms'),
      'p50, six parameters : event': ratio(of('six'), of('event'), 'p50Ms')
    },
    notes: [
      `Node-RED ${measured[0].nodeRed}, loopback port. Worker: ${measured[0].granted} ${measured[0].priority}.`,
      't0: the message is given to the first node. t3: the worker hands its bytes to the driver.'
    ],
    measured
  };
}
