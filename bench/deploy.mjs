// Whether a deploy is heard: sixteenths in a real Node-RED that is deployed again and again, beside the same without.
import { median, overRounds, part, time } from './tools.mjs';

const WAYS = ['none', 'nodes', 'full'];
const DEPLOYS = 10;

export async function run({ rounds }) {
  const measured = { none: [], nodes: [], full: [] };
  for (let round = 0; round < rounds; round++) {
    for (const how of WAYS) measured[how].push(await part('deploy', { how, deploys: DEPLOYS }));
  }
  const sum = (how, key) => measured[how].reduce((total, round) => total + round[key], 0);
  const worst = (how) => Math.max(...measured[how].map(({ gapErrorMs }) => gapErrorMs));
  const lost = (how) => sum(how, 'expected') - sum(how, 'notes');
  const { nodeRed, granted, priority } = measured.full[0];
  return {
    tables: [
      {
        title: `A clock, a pattern and an alsa out, ${rounds * DEPLOYS} deploys of each kind while they play`,
        columns: [
          'deploy',
          'gap too long by, at most',
          'interval error, p99',
          'notes',
          'lost',
          'a deploy takes'
        ],
        rows: WAYS.map((how) => [
          how === 'none' ? 'none (baseline)' : how,
          time(worst(how)),
          time(overRounds(measured[how].map(({ error }) => error)).p99Ms),
          sum(how, 'notes'),
          lost(how),
          how === 'none' ? '' : time(median(measured[how].map(({ deployMs }) => deployMs.p50Ms)))
        ])
      }
    ],
    goals: [
      ...['nodes', 'full'].map((how) => ({
        what: `notes lost or doubled, ${how} deploy`,
        goal: '0',
        figure: String(lost(how)),
        met: lost(how) === 0
      })),
      {
        what: 'gap too long by, at a full deploy',
        goal: '< 5 ms',
        figure: time(worst('full')),
        met: worst('full') < 5
      }
    ],
    notes: [`Node-RED ${nodeRed}, loopback port. Worker: ${granted} ${priority}.`],
    measured
  };
}
