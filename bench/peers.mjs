// The same notes, one every 10 ms, from Phasor and from what one would take instead, each in a process of its own, one
// after the other: at the receiver the error of each interval, the distance to the grid, and notes that never came.
import { shareLater } from './histogram.mjs';
import { median, part, ratio, time } from './tools.mjs';

/** Each peer: what it is, and in whose words. */
const PEERS = [
  { way: 'phasor', who: 'Phasor', how: 'a clock with 150 ms of lookahead, sent by the worker' },
  { way: 'interval', who: 'setInterval', how: 'a note for each call, as most flows and scripts do it' },
  {
    way: 'timeout',
    who: 'setTimeout, drift-corrected',
    how: 'each timer set to the next moment of the grid'
  },
  {
    way: 'lookahead',
    who: 'look-ahead scheduler',
    how: 'in the style of Web Audio (C. Wilson, "A Tale of Two Clocks"): every 25 ms what is due within 100 ms; there is no audio clock here, so each message gets a setTimeout'
  },
  { way: 'jzz', who: 'JZZ', how: "the library's own chain .send().wait(), into a port of its own" },
  {
    way: 'easymidi',
    who: 'easymidi (RtMidi)',
    how: 'drift-corrected setTimeout, through a virtual port to another thread'
  }
];

export async function run({ rounds, seconds }) {
  const notes = [];
  const runs = PEERS.flatMap((peer) => [false, true].map((blocked) => ({ ...peer, blocked, measured: [] })));
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) {
      if (run.leftOut) continue;
      const { way, blocked } = run;
      const measured = await part('peers', { way, blocked, seconds }, { seconds });
      if (measured.leftOut === undefined) {
        run.measured.push(measured);
        continue;
      }
      for (const same of runs) if (same.way === way) same.leftOut = true;
      notes.push(`${run.who} is left out: ${measured.leftOut}.`);
    }
  }
  const shown = runs.filter(({ leftOut }) => !leftOut);
  const find = (way, blocked) => shown.find((run) => run.way === way && run.blocked === blocked).measured;
  const of = (measured, what, key) => median(measured.map((round) => round[what][key]));
  const sum = (measured, key) => measured.reduce((total, round) => total + round[key], 0);
  const granted = find('phasor', false)[0].granted;
  const ours = find('phasor', true);
  const others = shown.filter(({ way, blocked }) => blocked && way !== 'phasor');
  const flat = (measured) => measured.map(({ late }) => late);
  const better = (measured) => ratio(flat(measured), flat(ours), 'p99Ms');
  const missing = sum(ours, 'expected') - sum(ours, 'heard');
  return {
    tables: [
      {
        title: 'A note every 10 ms, at the receiver',
        columns: [
          'main thread',
          'who',
          'interval error, p50',
          'p99',
          'max',
          'late on the grid, p50',
          'p99',
          'max',
          'notes heard',
          'lost',
          'more than 20 ms late'
        ],
        rows: [...shown]
          .sort((a, b) => Number(a.blocked) - Number(b.blocked))
          .map(({ who, blocked, measured }) => [
            blocked ? 'blocked' : 'idle',
            who,
            ...['interval', 'late'].flatMap((what) => [
              time(of(measured, what, 'p50Ms')),
              time(of(measured, what, 'p99Ms')),
              time(Math.max(...measured.map((round) => round[what].maxMs)))
            ]),
            `${sum(measured, 'heard')} of ${sum(measured, 'expected')}`,
            sum(measured, 'expected') - sum(measured, 'heard'),
            sum(measured, 'muchTooLate')
          ])
      }
    ],
    goals: [
      ...others.map(({ who, measured }) => ({
        what: `p99 late on the grid, blocked: ${who} to ours`,
        goal: '≥ 100 ×',
        figure: granted === 'fifo' ? `${better(measured).toFixed(0)} ×` : '',
        met: granted === 'fifo' ? better(measured) >= 100 : undefined
      })),
      { what: 'notes lost, blocked, ours', goal: '0', figure: String(missing), met: missing === 0 }
    ],
    ratios:
      granted === 'fifo'
        ? Object.fromEntries(
            others.map(({ who, measured }) => [
              `p99, blocked : ${who}`,
              ratio(flat(ours), flat(measured), 'p99Ms')
            ])
          )
        : {},
    charts: [false, true].map((blocked) => ({
      name: blocked ? 'blocked' : 'idle',
      title: `Share of notes later than …, main thread ${blocked ? 'blocked 80 of 100 ms' : 'idle'}`,
      xLabel: 'later than, ms',
      yLabel: 'share of notes',
      steps: true,
      series: shown
        .filter((run) => run.blocked === blocked)
        .map(({ who, measured }) => ({
          name: who,
          points: shareLater(measured.map(({ histogram }) => histogram))
        }))
    })),
    notes: [
      ...shown.filter(({ blocked }) => !blocked).map(({ who, how }) => `${who}: ${how}.`),
      '"blocked": the main thread of the sender is busy 80 ms of every 100. The receiver of all but easymidi is where ' +
        'the message leaves the sender: the driver, or the function that a driver would be given it by.',
      `Ours runs at ${granted === 'none' ? 'no priority' : `${granted} ${find('phasor', false)[0].priority}`}; the others on the main thread have none.`,
      'Lost: notes of the grid within the run that had not come 200 ms after its end.',
      ...notes
    ],
    measured: shown.map(({ who, blocked, measured }) => ({ who, blocked, measured }))
  };
}
