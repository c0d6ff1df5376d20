// A chain of four nodes between clock and output while the main thread is blocked 40 ms of every 60: is anything lost?
import { overRounds, part, ratio, times } from './tools.mjs';

const HOPS = 4;
const LOOKAHEAD_MS = 300;
/** Four voices in sixteenths of a 4/4 bar. */
const PATTERN = { notation: '[c4,e4,g4,b4]*16', notesPerStep: 4, stepTicks: 240 };

export async function run({ rounds, seconds }) {
  const measured = { idle: [], blocked: [] };
  for (let round = 0; round < rounds; round++) {
    for (const load of ['idle', 'blocked']) {
      const options = {
        seconds,
        blocked: load === 'blocked',
        hops: HOPS,
        lookaheadMs: LOOKAHEAD_MS,
        ...PATTERN
      };
      measured[load].push(await part('blocked', options, { seconds }));
    }
  }
  const { idle, blocked } = measured;
  const sum = (of, key) => of.reduce((total, round) => total + round[key], 0);
  const lateness = (of) => of.map((round) => round.lateness);
  const row = (name, of) => [
    name,
    `${of[0].granted} ${of[0].priority}`,
    `${sum(of, 'sent')} of ${sum(of, 'expected')}`,
    sum(of, 'dropped'),
    sum(of, 'late'),
    ...times(overRounds(lateness(of))),
    ratio(lateness(of), lateness(idle), 'p99Ms').toFixed(2)
  ];
  const lost = sum(blocked, 'expected') - sum(blocked, 'sent');
  return {
    tables: [
      {
        title: `Four voices in sixteenths at 125 BPM through ${HOPS} hops, lookahead ${LOOKAHEAD_MS} ms`,
        columns: [
          'main thread',
          'priority',
          'messages sent',
          'dropped',
          'entered late',
          'p50',
          'p99',
          'p99.9',
          'max',
          'p99 : idle'
        ],
        rows: [row('idle', idle), row('blocked 40 ms of 60', blocked)]
      }
    ],
    goals: [
      {
        what: 'messages lost, blocked',
        goal: '0',
        figure: String(lost),
        met: lost === 0 && sum(blocked, 'dropped') === 0
      },
      {
        what: 'messages queued too late, blocked',
        goal: '0',
        figure: String(sum(blocked, 'late')),
        met: sum(blocked, 'late') === 0
      },
      {
        what: 'spans lost or F8 skipped, blocked',
        goal: '0',
        figure: String(sum(blocked, 'lostRecords') + sum(blocked, 'clocksSkipped')),
        met: sum(blocked, 'lostRecords') + sum(blocked, 'clocksSkipped') === 0
      }
    ],
    ratios: {
      'p99, blocked : idle': ratio(lateness(blocked), lateness(idle), 'p99Ms'),
      'messages expected : sent, blocked': sum(blocked, 'expected') / sum(blocked, 'sent')
    },
    notes: ['A note is two messages. Lateness of messages, not of MIDI clock.'],
    measured
  };
}
