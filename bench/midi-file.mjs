// A MIDI file of 10⁵ events from bytes to a pattern that can be played, beside the library that reads such files
// alone, in turns: once each in fresh processes, as a file is loaded, and then warm.
import { EVENTS, file, library as loadByLibrary, ours as loadByOurs, timed } from './parts/midi-file.mjs';
import { median, part } from './tools.mjs';

/** What loading may take beyond twice the library's time: pairing notes, sorting and freezing them. */
const CONSTANT_MS = 20;
const WARM = 30;

export async function run({ rounds }) {
  const cold = { ours: [], library: [] };
  for (let round = 0; round < rounds * 3; round++) {
    for (const who of ['library', 'ours']) {
      cold[who].push(await part('midi-file', { load: who }));
    }
  }
  const bytes = file();
  const warm = { ours: [], library: [] };
  for (let turn = 0; turn < WARM; turn++) {
    warm.library.push(timed(loadByLibrary, bytes));
    warm.ours.push(timed(loadByOurs, bytes));
  }
  const memory = await part('midi-file', { load: 'memory' }, { flags: ['--expose-gc'] });
  const rows = [
    ['first in a process', cold],
    ['warm', warm]
  ].map(([what, { ours, library }]) => [
    what,
    ms(median(library)),
    ms(median(ours)),
    (median(ours) / median(library)).toFixed(1),
    ms(2 * median(library) + CONSTANT_MS)
  ]);
  return {
    tables: [
      {
        title: `A MIDI file of ${EVENTS.toLocaleString('en')} events, loaded`,
        columns: ['', 'midi-file alone', 'to a pattern', 'ratio', `2 × midi-file + ${CONSTANT_MS} ms`],
        rows
      }
    ],
    goals: [
      { what: 'first in a process', times: cold },
      { what: 'warm', times: warm }
    ].map(({ what, times: { ours, library } }) => ({
      what: `${EVENTS.toLocaleString('en')} events, ${what}`,
      goal: `< 2 × midi-file + ${CONSTANT_MS} ms`,
      figure: `${ms(median(ours))} beside ${ms(median(library))}`,
      met: median(ours) < 2 * median(library) + CONSTANT_MS
    })),
    ratios: {
      'first in a process : midi-file': median(cold.ours) / median(cold.library),
      'warm : midi-file': median(warm.ours) / median(warm.library)
    },
    notes: [
      `Medians; ${bytes.length.toLocaleString('en')} bytes, 8 channels, notes that overlap. Memory that a pattern holds: ` +
        memory.map(({ events, mb }) => `${mb} MB for ${events / 1000} k events`).join(', ') +
        '.'
    ],
    cold,
    warm
  };
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}
