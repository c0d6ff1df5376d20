// What patterns cost the main thread in a real Node-RED, beside function nodes that send the same messages at the
// same moments, in turns with them in one process; and how that grows with the number of patterns.
import { median, part } from './tools.mjs';

const COUNTS = [1, 4, 16, 64, 256];
/** The load that the figures are given for. */
const LOAD = 64;

export async function run({ rounds, seconds }) {
  const measured = {};
  for (const count of COUNTS) {
    measured[count] = await part(
      'patterns',
      { count, rounds, seconds },
      { seconds: rounds * seconds * 3 + 40 }
    );
  }
  const of = (count, way, key) => median(measured[count].rounds.map((round) => round[way][key]));
  const perEvent = (count, way) => of(count, way, 'usPerEvent');
  const grown = of(256, 'patterns', 'busyPercent') / of(LOAD, 'patterns', 'busyPercent');
  return {
    tables: [
      {
        title: '64 steps each, sixteenths at 300 BPM, into a function node that counts',
        columns: [
          'patterns',
          'events/s',
          'µs per event, pattern nodes',
          'µs per event, function nodes',
          'ratio',
          'main thread busy, pattern nodes',
          'busy, function nodes'
        ],
        rows: COUNTS.map((count) => [
          count,
          of(count, 'patterns', 'eventsPerS').toFixed(0),
          perEvent(count, 'patterns').toFixed(1),
          perEvent(count, 'functions').toFixed(1),
          (perEvent(count, 'patterns') / perEvent(count, 'functions')).toFixed(2),
          `${of(count, 'patterns', 'busyPercent').toFixed(1)} %`,
          `${of(count, 'functions', 'busyPercent').toFixed(1)} %`
        ])
      }
    ],
    goals: [
      {
        what: 'four times 64 patterns',
        goal: 'at most 4 × 1.25 times as busy',
        figure: `${grown.toFixed(2)} times`,
        met: grown <= 5
      }
    ],
    ratios: {
      'µs per event at 64 patterns : function nodes':
        perEvent(LOAD, 'patterns') / perEvent(LOAD, 'functions'),
      'busy, 256 patterns : 64': grown
    },
    charts: [
      {
        name: 'busy',
        title: 'Main thread with patterns',
        xLabel: 'patterns',
        yLabel: 'busy, %',
        series: ['patterns', 'functions'].map((way) => ({
          name: `${way === 'patterns' ? 'pattern' : 'function'} nodes`,
          points: COUNTS.map((count) => [count, of(count, way, 'busyPercent')])
        }))
      }
    ],
    notes: [
      `Node-RED ${measured[LOAD].nodeRed}. Busy is the share of time that the event loop was not idle.`,
      'A function node makes its messages from the same span, without a pattern, a player or a state.'
    ],
    measured
  };
}
