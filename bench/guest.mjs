// Through a real ALSA sequencer to one receiver, by the kernel's stamps: ours, aplaymidi (the kernel's own queue), and
// easymidi (RtMidi) from the main thread. Where this machine has no sequencer the guest of test/alsa has: emulated time
// is slow and uneven there, so that only what one is to another in it means something.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { output, part, root, time } from './tools.mjs';

const STEP_MS = 20;
/** As long as the tests there take: the main thread of an emulated machine may be away for most of a second by itself. */
const LOOKAHEAD_MS = 1000;
const WARM_UP = 25;
/** For a boot without KVM and eight runs. */
const GUEST_SECONDS = 500;
const WHO = {
  phasor: 'Phasor',
  aplaymidi: "aplaymidi (the kernel's queue)",
  interval: 'easymidi, setInterval',
  timeout: 'easymidi, setTimeout, drift-corrected'
};

export async function run({ seconds }) {
  const here = existsSync('/dev/snd/seq');
  const options = {
    seconds: Math.max(seconds, 4),
    stepMs: STEP_MS,
    lookaheadMs: LOOKAHEAD_MS,
    warmUp: WARM_UP
  };
  const { hrtimer, runs } = await (here ? part('sequencer', options, { seconds: 120 }) : inGuest(options));
  const find = (way, blocked) => runs.find((one) => one.way === way && one.blocked === blocked);
  const ours = find('phasor', true);
  const better = (way) => find(way, true).interval.p99Ms / ours.interval.p99Ms;
  const dropped = runs.filter(({ way }) => way === 'phasor').reduce((sum, one) => sum + one.dropped, 0);
  const lost = ({ expected, heard }) => expected - heard;
  return {
    tables: [
      {
        title: `A note every ${STEP_MS} ms to one receiver, error of the interval between two, stamped by the kernel`,
        columns: ['kept from running', 'who', 'p50', 'p99', 'max', 'p99 : ours', 'notes heard', 'lost'],
        rows: runs
          .sort((a, b) => Number(a.blocked) - Number(b.blocked))
          .map((one) => [
            one.blocked ? '80 ms of every 100' : 'never',
            WHO[one.way],
            ...['p50Ms', 'p99Ms', 'maxMs'].map((key) => time(one.interval[key])),
            (one.interval.p99Ms / find('phasor', one.blocked).interval.p99Ms).toFixed(2),
            `${one.heard} of ${one.expected}`,
            lost(one)
          ])
      }
    ],
    goals: [
      {
        what: "p99 of the interval error, blocked: ours to the kernel's queue (aplaymidi)",
        goal: '≤ 2 ×, on a real machine',
        figure: `${(1 / better('aplaymidi')).toFixed(1)} ×`,
        met: here ? 1 / better('aplaymidi') <= 2 : undefined
      },
      {
        what: 'p99 of the interval error, blocked: easymidi, setInterval to ours',
        goal: '≥ 2 ×',
        figure: `${better('interval').toFixed(1)} ×`,
        met: here ? better('interval') >= 2 : undefined
      },
      {
        what: 'notes lost, blocked, ours',
        goal: '0, on a real machine',
        figure: String(lost(ours)),
        met: here ? lost(ours) === 0 : undefined
      }
    ],
    ratios: {},
    notes: [
      here
        ? 'On the sequencer of this machine.'
        : 'In an emulated machine (QEMU without KVM): its time stands still now and then for all of them, so the times mean ' +
          'nothing; what one is to another does, roughly.',
      `Input is stamped by the ${hrtimer ? 'high resolution' : 'system'} timer of the kernel. Ours: ${ours.granted} ${ours.priority}, ` +
        `lookahead ${LOOKAHEAD_MS} ms; dropped for being too late: ${dropped}. The first ${WARM_UP} notes are left out.`,
      'Kept from running: the main thread of the sender is busy so long; aplaymidi, which has no other thread, is stopped by a signal. ' +
        'It has no worker that could be late, and no flow either: what it plays was in a file before it began.',
      'setInterval knows no grid: what it loses in time its intervals do not show, only its tempo.'
    ],
    runs
  };
}

async function inGuest(options) {
  const command = [process.execPath, join(root, 'bench', 'parts', 'sequencer.mjs'), JSON.stringify(options)];
  const text = await output(join(root, 'test', 'alsa', 'guest', 'run'), command, GUEST_SECONDS, {
    GUEST_SECONDS: String(GUEST_SECONDS)
  });
  return JSON.parse(text.trim().split('\n').at(-1));
}
