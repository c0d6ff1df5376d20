// What sixteen patterns of sixteenths cost the main thread through pattern → cc profile → throttle → alsa out in a real
// Node-RED, beside core nodes in the same places that pass as many messages, and beside the same Node-RED at rest.
import { median, part } from './tools.mjs';

const PATTERNS = 16;

export async function run({ rounds, seconds }) {
  const measured = { rest: [], ours: [], core: [] };
  for (let round = 0; round < rounds; round++) {
    const measure = (flow, like) =>
      part('chain', { flow, patterns: PATTERNS, seconds, ...like }, { seconds: seconds * 2 });
    measured.rest.push(await measure('rest'));
    const ours = await measure('ours');
    measured.ours.push(ours);
    measured.core.push(
      await measure('core', { spansPerS: ours.spansPerS, notesPerS: ours.notesPerS / PATTERNS })
    );
  }
  const main = (flow) => measured[flow].map(({ mainMsPerS }) => mainMsPerS);
  const over = (flow) => main(flow).map((ms, round) => ms - measured.rest[round].mainMsPerS);
  const times = median(over('ours').map((ms, round) => ms / over('core')[round]));
  const worker = median(measured.ours.map(({ workerMsPerS }) => workerMsPerS ?? NaN));
  const row = (name, flow) => [
    name,
    median(measured[flow].map(({ spansPerS }) => spansPerS)).toFixed(0),
    median(measured[flow].map(({ notesPerS }) => notesPerS)).toFixed(0),
    `${median(main(flow)).toFixed(1)} ms`,
    `${median(over(flow)).toFixed(1)} ms`
  ];
  const { nodeRed, granted, priority } = measured.ours[0];
  return {
    tables: [
      {
        title: `${PATTERNS} patterns of sixteenths at 120 BPM, CPU time of the main thread in each second`,
        columns: ['flow', 'spans a second', 'notes a second', 'main thread', 'above rest'],
        rows: [
          row('at rest', 'rest'),
          row('clock → pattern → cc profile → throttle → alsa out', 'ours'),
          row('change → function → change → switch → function', 'core')
        ]
      }
    ],
    goals: [
      {
        what: 'main thread, above rest, as a multiple of core nodes',
        goal: '≤ 3',
        figure: times.toFixed(2),
        met: times <= 3
      },
      {
        what: 'worker',
        goal: '< 1 % of a core',
        figure: Number.isNaN(worker) ? 'its thread could not be told' : `${(worker / 10).toFixed(2)} %`,
        met: Number.isNaN(worker) ? undefined : worker < 10
      }
    ],
    ratios: { 'main thread above rest : core nodes': times },
    notes: [
      `Node-RED ${nodeRed}, loopback port. Worker: ${granted} ${priority}.`,
      'Core nodes are given as many messages as ours pass from node to node: one for each span to each chain, and as many' +
        ' from the second node of a chain on as a pattern has notes.'
    ],
    measured
  };
}
