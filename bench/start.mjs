// How long the engine takes to start, its modules included, and the memory it adds, beside an empty worker thread.
import { median, part } from './tools.mjs';

const RUNS = 5;

export async function run({ rounds }) {
  const measured = { engine: [], worker: [] };
  for (let round = 0; round < rounds * RUNS; round++) {
    for (const what of ['engine', 'worker']) {
      measured[what].push(await part('start', { what }, { flags: ['--expose-gc'] }));
    }
  }
  const of = (what, key) => median(measured[what].map((one) => one[key]));
  const most = (what, key) => Math.max(...measured[what].map((one) => one[key]));
  const row = (name, what) => [
    name,
    ...['startMs', 'addedMb'].flatMap((key) => [of(what, key).toFixed(1), most(what, key).toFixed(1)])
  ];
  return {
    tables: [
      {
        title: `${rounds * RUNS} starts of each, in fresh processes, in turns`,
        columns: ['what', 'start, ms', 'slowest', 'memory added (RSS), MB', 'most'],
        rows: [row('engine', 'engine'), row('empty worker thread', 'worker')]
      }
    ],
    goals: [
      {
        what: 'engine start',
        goal: '< 200 ms',
        figure: `${of('engine', 'startMs').toFixed(0)} ms`,
        met: of('engine', 'startMs') < 200
      },
      {
        what: 'memory added',
        goal: '< 40 MB',
        figure: `${of('engine', 'addedMb').toFixed(1)} MB`,
        met: of('engine', 'addedMb') < 40
      }
    ],
    ratios: {
      'start : empty worker': of('engine', 'startMs') / of('worker', 'startMs'),
      'memory : empty worker': of('engine', 'addedMb') / of('worker', 'addedMb')
    },
    notes: ['From the loading of the first module until the worker has reported what it runs on.'],
    measured
  };
}
