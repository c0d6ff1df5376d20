// MIDI clock: how even F8 is at 120 and 300 BPM beside a drift-corrected timer on the main thread, and whether it drifts
// over hours, in time that goes by as fast as it can be reckoned.
import { overRounds, part, ratio, time, times } from './tools.mjs';

const TEMPI = [120, 300];
const HOURS = 4;

export async function run({ rounds, seconds, short }) {
  const measured = Object.fromEntries(TEMPI.map((bpm) => [bpm, []]));
  for (let round = 0; round < rounds; round++) {
    for (const bpm of TEMPI) {
      const ours = await part('clock', { way: 'engine', bpm, seconds }, { seconds });
      measured[bpm].push({ ours, timer: await part('clock', { way: 'timer', bpm, seconds }, { seconds }) });
    }
  }
  const virtual = [];
  const hours = short ? 0.5 : HOURS;
  for (const bpm of TEMPI)
    virtual.push(await part('clock', { way: 'virtual', bpm, hours }, { seconds: 180 }));
  const of = (bpm, who) => measured[bpm].map((round) => round[who].error);
  const { granted, priority } = measured[120][0].ours;
  const fifo = granted === 'fifo';
  return {
    tables: [
      {
        title: 'Error of the interval between two F8, at the receiver',
        columns: ['BPM', 'who', 'intervals', 'p50', 'p99', 'p99.9', 'max', 'missing'],
        rows: TEMPI.flatMap((bpm) =>
          ['ours', 'timer'].map((who) => [
            bpm,
            who === 'ours' ? `Phasor (${granted} ${priority})` : 'setTimeout, drift-corrected, main thread',
            overRounds(of(bpm, who)).count,
            ...times(overRounds(of(bpm, who))),
            measured[bpm].reduce((sum, round) => sum + round[who].missing, 0)
          ])
        )
      },
      {
        title: `${hours} hours of virtual time`,
        columns: ['BPM', 'F8', 'slope of the error', 'largest error', 'hours a second'],
        rows: virtual.map(({ bpm, pulses, slopePpb, maxErrorMs, tookS }) => [
          bpm,
          pulses,
          `${slopePpb.toFixed(3)} ppb`,
          time(maxErrorMs),
          (hours / tookS).toFixed(2)
        ])
      }
    ],
    goals: [
      ...TEMPI.map((bpm) => {
        const { p99Ms } = overRounds(of(bpm, 'ours'));
        return {
          what: `F8 interval at ${bpm} BPM, p99 of the error, FIFO`,
          goal: '< 1 ms',
          figure: fifo ? time(p99Ms) : '',
          met: fifo ? p99Ms < 1 : undefined
        };
      }),
      {
        what: `slope of the error over ${hours} virtual hours`,
        goal: '0 (below 0.01 ppb)',
        figure: `${Math.max(...virtual.map(({ slopePpb }) => Math.abs(slopePpb))).toFixed(3)} ppb`,
        met: virtual.every(({ slopePpb }) => Math.abs(slopePpb) < 0.01)
      }
    ],
    ratios: fifo
      ? Object.fromEntries(
          TEMPI.map((bpm) => [
            `p50 of F8 at ${bpm} BPM : timer`,
            ratio(of(bpm, 'ours'), of(bpm, 'timer'), 'p50Ms')
          ])
        )
      : {},
    notes: [
      `Ideal interval: 2500 / BPM ms. Medians over ${rounds} rounds of ${seconds} s.`,
      'Virtual time: the core and its transport as they are, on a clock that is moved from deadline to deadline; the slope is ' +
        'that of a line through all errors (least squares).'
    ],
    measured,
    virtual
  };
}
