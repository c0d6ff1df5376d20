// How fast a message without a stamp is through the engine while nothing else happens, beside a plain postMessage to
// a worker and back, sent in turns with it.
import { overRounds, part, ratio, time, times } from './tools.mjs';

export async function run({ rounds, seconds }) {
  const measured = [];
  for (let round = 0; round < rounds; round++)
    measured.push(await part('pingpong', { seconds }, { seconds: seconds * 2 }));
  const of = (way, leg) => measured.map((round) => round[way][leg]);
  const row = (name, way, leg) => [
    name,
    ...times(overRounds(of(way, leg))),
    ratio(of(way, leg), of('postMessage', leg), 'p99Ms').toFixed(2)
  ];
  const p99Ms = overRounds(of('engine', 'there')).p99Ms;
  return {
    tables: [
      {
        title: `${overRounds(of('engine', 'there')).count} messages of each, one about every 10 ms`,
        columns: ['way', 'p50', 'p99', 'p99.9', 'max', 'p99 : postMessage'],
        rows: [
          ['engine, t3 − t0 (to the driver)', 'engine', 'there'],
          ['postMessage, to the worker', 'postMessage', 'there'],
          ['engine, t4 − t0 (heard again)', 'engine', 'back'],
          ['postMessage, there and back', 'postMessage', 'back']
        ].map((cells) => row(...cells))
      }
    ],
    goals: [{ what: 'p99 of t3 − t0, idle', goal: '< 5 ms', figure: time(p99Ms), met: p99Ms < 5 }],
    ratios: {
      'p50 of t3 − t0 : postMessage': ratio(of('engine', 'there'), of('postMessage', 'there'), 'p50Ms'),
      'p50 of t4 − t0 : postMessage': ratio(of('engine', 'back'), of('postMessage', 'back'), 'p50Ms')
    },
    notes: [`Worker: ${measured[0].granted} ${measured[0].priority}, ${measured[0].waiter} waiter.`],
    measured
  };
}
