// Bytes that the core allocates: per wake, per span, per MIDI clock, and per event, each as the difference of two
// runs that differ in nothing else. An empty loop, which feeds as many records to nobody, is the baseline.
import { median, part } from './tools.mjs';

/** So large that nothing is collected while it is measured; then the heap's growth is what was allocated. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];
/** Measured block by block, for the median; a block is 50 beats, so each has as many spans, clocks and events. */
const BLOCKS = 9;
const TURNS = 24_000;
const REAL_TURNS = 5_000;
/** Spans come every 30 turns, so these are 1 and 4 events a turn, every other one a note-off. */
const FEW = 15;
const MANY = 60;

const SCENARIOS = {
  empty: { notesPerSpan: 0, empty: true },
  stopped: { notesPerSpan: 0 },
  running: { notesPerSpan: 0, running: true },
  clocked: { notesPerSpan: 0, running: true, lease: true },
  few: { notesPerSpan: FEW, running: true, lease: true },
  fewToNobody: { notesPerSpan: FEW, empty: true },
  many: { notesPerSpan: MANY, running: true, lease: true },
  manyToNobody: { notesPerSpan: MANY, empty: true },
  real: { notesPerSpan: 0, real: true },
  waiterAlone: { notesPerSpan: 0, real: true, alone: true }
};

function measure(name, profile = false) {
  const scenario = SCENARIOS[name];
  const blockTurns = scenario.real ? REAL_TURNS : TURNS;
  return part('alloc', { scenario, blocks: BLOCKS, blockTurns, profile }, { flags: FLAGS });
}

function perEvent({ few, fewToNobody, many, manyToNobody }) {
  const own = ({ bytes }, feeder) => bytes - feeder.bytes;
  return (own(many, manyToNobody) - own(few, fewToNobody)) / (many.events - few.events);
}

/** What one event allocates in the core, by four runs. */
export async function bytesPerEvent() {
  const of = {};
  for (const name of ['few', 'fewToNobody', 'many', 'manyToNobody']) of[name] = await measure(name);
  return perEvent(of);
}

export async function run({ rounds }) {
  const measured = Object.fromEntries(Object.keys(SCENARIOS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(SCENARIOS)) measured[name].push(await measure(name));
  }
  // What V8 inlines differs from run to run, and with it what is garbage.
  const typical = (name) => ({
    ...measured[name][0],
    bytes: median(measured[name].map(({ bytes }) => bytes))
  });
  const of = Object.fromEntries(Object.keys(SCENARIOS).map((name) => [name, typical(name)]));
  const perTurn = ({ bytes, turns }) => bytes / turns;

  const wake = perTurn(of.stopped) - perTurn(of.empty);
  const wakeRunning = perTurn(of.running) - perTurn(of.empty);
  const wakeReal = perTurn(of.real);
  const clock = (of.clocked.bytes - of.running.bytes) / of.clocked.clocks;
  const event = perEvent(of);
  const profile = await measure('many', true);
  return {
    tables: [
      {
        title: 'Bytes allocated in steady state',
        columns: ['what', 'bytes', 'how'],
        rows: [
          ['per wake, transport stopped', bytes(wake), `blocks of ${TURNS} wakes, less the empty loop`],
          ['per wake, transport running', bytes(wakeRunning), `the same, with ${of.running.spans} spans`],
          [
            'per wake, native waiter, stopped',
            bytes(wakeReal),
            `blocks of ${REAL_TURNS} real waits of 20 µs`
          ],
          ['per wait alone', bytes(perTurn(of.waiterAlone)), 'native waiter: one now() and one wait()'],
          ['per MIDI clock (F8)', bytes(clock), `${of.clocked.clocks} pulses, with the leases that keep it`],
          [
            'per event',
            bytes(event),
            `${of.many.events} against ${of.few.events} events over the same wakes, less the feeder`
          ]
        ]
      },
      {
        title: 'Who allocates at 4 events a wake (sampled)',
        columns: ['function', 'bytes per wake'],
        rows: profile.top
          .map(({ name, bytes: size }) => [name, size / (profile.turns * BLOCKS)])
          .filter(([, size]) => size >= 0.5)
          .map(([name, size]) => [name, size.toFixed(1)])
      }
    ],
    goals: [
      { what: 'per event', goal: '0 bytes', figure: bytes(event), met: event < 0.5 },
      {
        what: 'per wake, native waiter',
        goal: 'a few bytes (≤ 32)',
        figure: bytes(wakeReal),
        met: wakeReal <= 32
      }
    ],
    notes: [
      'A number with a fraction that a call passes or returns takes 16 bytes where V8 did not inline the call.',
      `At 1000 wakes and 1000 events a second that is ${((wakeRunning + event) / 1.024).toFixed(0)} kB a second; ` +
        'a young generation of 16 MB takes a fraction of a millisecond to collect when it is full.'
    ],
    measured
  };
}

function bytes(value) {
  return Math.abs(value) < 0.05 ? '0' : value.toFixed(1);
}
