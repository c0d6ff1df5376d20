// Lateness of the worker (sent − due) at one event per millisecond, beside a C program with the same ppoll loop and
// cyclictest: idle, with the main thread blocked 80 ms of every 100, making garbage, and writing to the disk; with and
// without SCHED_FIFO, with and without the addon; and beside what sequencers on the main thread do under the same load.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { shareLater, shares } from './histogram.mjs';
import { besideLoad, output, overRounds, part, ratio, root, time, times } from './tools.mjs';

const PRIORITY = 70;
const INTERVAL_US = 1000;
const LOADS = ['idle', 'blocked', 'garbage', 'disk'];
const AWAY_S = 4;
const C_LOOP = 'C loop';
const OURS = 'Phasor';
const PORTABLE = 'Phasor without the addon';
/** The addon is looked for there, and only there. */
const WITHOUT_ADDON = { PHASOR_NATIVE: 'none' };

export async function run({ rounds, seconds }) {
  const notes = [];
  const baseline = compile('lateness-baseline', notes);
  const away = compile('away', notes);
  const cyclic = hasCyclictest(notes);
  const conditions = [
    ...LOADS.map((load) => ({ priority: PRIORITY, load })),
    ...['idle', 'blocked'].map((load) => ({ priority: 0, load }))
  ];
  const ours = (condition, env) => part('lateness', { ...condition, seconds }, { seconds, env });
  /** What is measured in each round, one after the other. */
  const runs = conditions.flatMap((condition) => [
    ...(baseline ? [{ ...condition, who: C_LOOP, measure: () => c(baseline, condition) }] : []),
    { ...condition, who: OURS, measure: () => ours(condition) },
    ...(cyclic && condition.priority > 0
      ? [{ ...condition, who: 'cyclictest', measure: () => cyclictest(condition) }]
      : []),
    ...(condition.priority === 0
      ? [
          { ...condition, who: PORTABLE, measure: () => ours(condition, WITHOUT_ADDON) },
          ...['interval', 'timeout'].map((way) => ({
            ...condition,
            who: way === 'interval' ? 'setInterval' : 'setTimeout, drift-corrected',
            measure: () => part('main-thread', { ...condition, way, seconds }, { seconds })
          }))
        ]
      : [])
  ]);

  function c(program, { priority, load }) {
    return besideLoad(load, async () =>
      JSON.parse(await output(program, [String(seconds), String(INTERVAL_US), String(priority)], seconds))
    );
  }

  function cyclictest({ priority, load }) {
    return besideLoad(load, () => runCyclictest(priority, seconds));
  }

  for (const run of runs) run.rounds = [];
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) run.rounds.push(await run.measure());
  }

  const find = (who, priority, load) =>
    runs.find((run) => run.who === who && run.priority === priority && run.load === load)?.rounds;
  const fifo = find(OURS, PRIORITY, 'idle')[0].granted === 'fifo';
  if (!fifo) {
    const { granted, priority } = find(OURS, PRIORITY, 'idle')[0];
    notes.push(`SCHED_FIFO was not granted (${granted} ${priority}): goals that need it are not measured.`);
  }
  const granted = ({ granted: policy, priority }) => (policy === 'none' ? 'none' : `${policy} ${priority}`);
  const rows = runs.map(({ who, priority, load, rounds: measured }) => {
    const base = find(C_LOOP, priority, load);
    const ratios = ['p50Ms', 'p99Ms'].map((key) => (base ? ratio(measured, base, key).toFixed(2) : ''));
    return [load, granted(measured[0]), who, ...times(overRounds(measured)), ...ratios];
  });
  const clockRows = conditions.map(({ priority, load }) => {
    const measured = find(OURS, priority, load);
    const sum = (key) => measured.reduce((total, round) => total + round[key], 0);
    return [
      load,
      granted(measured[0]),
      ...times(overRounds(measured.map(({ clock }) => clock))),
      `${sum('clocks')} of ${sum('clocksExpected').toFixed(0)}`,
      `${sum('sent')} of ${sum('sentExpected').toFixed(0)}`,
      sum('dropped'),
      share(measured.map(({ cpuShare }) => cpuShare))
    ];
  });

  const machine = away === undefined ? [] : [await awayTable(away, notes)];
  return {
    tables: [
      {
        title: 'Lateness, one event per millisecond into the null driver',
        columns: ['load', 'priority', 'who', 'p50', 'p99', 'p99.9', 'max', 'p50 : C', 'p99 : C'],
        rows
      },
      {
        title: 'MIDI clock in the same runs (F8 every 20 ms), and what was sent',
        columns: [
          'load',
          'priority',
          'p50',
          'p99',
          'p99.9',
          'max',
          'F8 sent',
          'events sent',
          'dropped',
          'CPU'
        ],
        rows: clockRows
      },
      {
        title: 'What SCHED_FIFO buys, and what the addon buys over Atomics.wait',
        columns: ['load', 'what', 'p50', 'p99', 'p99.9'],
        rows: gains(find, fifo)
      },
      ...machine
    ],
    goals: goals(find, fifo),
    ratios: ratios(find, fifo),
    charts: charts(runs),
    notes: [
      'p50, p99 and p99.9 are medians over the rounds, max is the largest; ratios are medians of the ratios within a round.',
      'CPU: of a core, by the thread with realtime priority, at 1050 moments of sending a second.',
      '"blocked": the main thread is busy 80 ms of every 100; "garbage": it makes 20 000 objects each 20 ms, of which a tenth ' +
        'lives on; "disk": it writes 1 MB each 20 ms and waits until it is on the disk. Beside the C loop and cyclictest a process does.',
      ...notes
    ],
    runs: runs.map(({ who, priority, load, rounds: measured }) => ({ who, priority, load, measured }))
  };
}

/** How many times later an event is without each: medians of the ratios within a round. */
function gains(find, fifo) {
  const row = (load, what, without, by) => [
    load,
    what,
    ...['p50Ms', 'p99Ms', 'p999Ms'].map((key) => `${ratio(without, by, key).toFixed(1)} ×`)
  ];
  return ['idle', 'blocked'].flatMap((load) => {
    const none = find(OURS, 0, load);
    return [
      ...(fifo
        ? [row(load, 'no priority : SCHED_FIFO, both with the addon', none, find(OURS, PRIORITY, load))]
        : []),
      row(load, 'Atomics.wait : the addon, both without priority', find(PORTABLE, 0, load), none)
    ];
  });
}

/** Where SCHED_FIFO is not granted, the same lines would mean something else. */
function ratios(find, fifo) {
  const quiet = find(OURS, PRIORITY, 'idle');
  const loaded = find(OURS, PRIORITY, 'blocked');
  const c = find(C_LOOP, PRIORITY, 'idle');
  return {
    ...(fifo && c && { 'p50, idle, FIFO : C loop': ratio(quiet, c, 'p50Ms') }),
    ...(fifo && c && { 'p99, idle, FIFO : C loop': ratio(quiet, c, 'p99Ms') }),
    ...(fifo && { 'p99, FIFO, blocked : idle': ratio(loaded, quiet, 'p99Ms') }),
    ...(fifo && {
      'p99, blocked, FIFO : setTimeout on the main thread': ratio(
        loaded,
        find('setTimeout, drift-corrected', 0, 'blocked'),
        'p99Ms'
      )
    })
  };
}

/** For each load, ours with realtime priority beside the baselines with it and the main thread without. */
function charts(runs) {
  return ['idle', 'blocked'].flatMap((name) => {
    const load = name === 'blocked' ? 'main thread blocked 80 of 100 ms' : 'idle';
    const shown = runs
      .filter((run) => run.load === name && (run.priority > 0 || /^set/.test(run.who)))
      .map(({ who, rounds }) => ({ who, histograms: rounds.map(({ histogram }) => histogram) }));
    return [
      {
        name: `later-${name}`,
        title: `Share of events later than …, ${load}`,
        xLabel: 'later than, ms',
        yLabel: 'share of events',
        series: shown.map(({ who, histograms }) => ({ name: who, points: shareLater(histograms) })),
        steps: true
      },
      {
        name: `histogram-${name}`,
        title: `Lateness, ${load}`,
        xLabel: 'lateness, ms',
        yLabel: '% of events, 4 buckets a doubling',
        yScale: 'linear',
        series: shown.map(({ who, histograms }) => ({ name: who, points: shares(histograms) })),
        steps: true
      }
    ];
  });
}

function goals(find, fifo) {
  const quiet = find(OURS, PRIORITY, 'idle');
  const loaded = find(OURS, PRIORITY, 'blocked');
  const c = find(C_LOOP, PRIORITY, 'idle');
  const atMost = (what, limit, figure, remark = '') => ({
    what,
    goal: `≤ ${limit} ×`,
    figure: fifo && figure !== undefined ? `${figure.toFixed(2)} ×${remark}` : '',
    met: fifo && figure !== undefined ? figure <= limit : undefined
  });
  const sum = (of, key) => of.reduce((total, round) => total + round[key], 0);
  const p999Ms = overRounds(quiet).p999Ms;
  // Counted between two readings, so one pulse a round may fall on the other side of either.
  const missing = loaded.reduce(
    (total, round) =>
      total + Math.max(round.clocksSkipped, Math.floor(round.clocksExpected - round.clocks - 1), 0),
    0
  );
  const cLoaded = find(C_LOOP, PRIORITY, 'blocked');
  const alsoC = c ? ` (the C loop: ${ratio(cLoaded, c, 'p99Ms').toFixed(2)} ×)` : '';
  return [
    atMost('p50, idle, FIFO, to the C loop', 1.5, c && ratio(quiet, c, 'p50Ms')),
    atMost('p99, idle, FIFO, to the C loop', 2, c && ratio(quiet, c, 'p99Ms')),
    {
      what: 'p99.9, idle, FIFO',
      goal: '< 2 ms on a quiet machine',
      figure: fifo ? time(p999Ms) : '',
      met: fifo ? p999Ms < 2 : undefined
    },
    atMost('p99, blocked, FIFO, to unblocked', 1.5, ratio(loaded, quiet, 'p99Ms'), alsoC),
    ...['garbage', 'disk'].map((load) =>
      atMost(
        `p99, ${load}, FIFO, to the C loop`,
        2,
        c && ratio(find(OURS, PRIORITY, load), find(C_LOOP, PRIORITY, load), 'p99Ms')
      )
    ),
    {
      what: 'F8 missing, blocked, FIFO',
      goal: 'none',
      figure: fifo ? `${missing} of ${sum(loaded, 'clocks')}` : '',
      met: fifo ? missing === 0 : undefined
    },
    ...['setInterval', 'setTimeout, drift-corrected'].map((who) => {
      const times100 = ratio(find(who, 0, 'blocked'), loaded, 'p99Ms');
      return {
        what: `p99 of ${who}, blocked, to ours with FIFO`,
        goal: '≥ 100 ×',
        figure: fifo ? `${times100.toFixed(0)} ×` : '',
        met: fifo ? times100 >= 100 : undefined
      };
    })
  ];
}

/** The mean, in percent of a core; unknown (null in JSON) without realtime priority. */
function share(values) {
  if (values.some((value) => value === null)) return '';
  return `${((100 * values.reduce((total, value) => total + value, 0)) / values.length).toFixed(1)} %`;
}

function compile(name, notes) {
  const folder = join(root, 'build', 'bench');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, name);
  const source = join(root, 'bench', `${name}.c`);
  const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  for (const compiler of compilers) {
    if (
      spawnSync(compiler, ['-O2', '-Wall', source, '-o', program, '-lm'], { stdio: 'inherit' }).status === 0
    )
      return program;
  }
  notes.push(`There is no C compiler here: ${name} is left out.`);
  return undefined;
}

/** What the machine takes from a thread that never sleeps, below the kernel's bound on realtime threads and beyond it. */
async function awayTable(program, notes) {
  const rows = [];
  for (const ranMs of [400, 1000]) {
    const { granted, gaps, awayMs, ...found } = JSON.parse(
      await output(program, [String(AWAY_S), String(ranMs), String(PRIORITY)], AWAY_S)
    );
    const share = ((100 * awayMs) / found.ranMs).toFixed(2);
    rows.push([
      ranMs === 1000 ? 'all the time' : `${ranMs} ms of each second`,
      granted,
      gaps,
      `${share} %`,
      time(found.maxMs)
    ]);
  }
  notes.push(
    'A thread that never sleeps is away when the host or an interrupt takes its core. One that runs all the time is also held ' +
      'up by the kernel, which keeps a part of each second for others (sched_rt_runtime_us, 50 ms of each second by default).'
  );
  return {
    title: `What the machine takes from a C thread at priority ${PRIORITY} that never sleeps, in ${AWAY_S} s`,
    columns: ['it runs', 'priority', 'times away > 0.1 ms', 'share of its time', 'longest'],
    rows
  };
}

function hasCyclictest(notes) {
  if (spawnSync('cyclictest', ['--help'], { stdio: 'ignore' }).error === undefined) return true;
  notes.push('cyclictest is not here (on Debian: apt install rt-tests).');
  return false;
}

/** As the others run: one thread, power management left alone. */
async function runCyclictest(priority, seconds) {
  const file = join(root, 'build', 'bench', `cyclictest-${process.pid}`);
  const policy = priority > 0 ? [`-p${priority}`] : ['-p0', '--policy=other'];
  const options = [
    '-q',
    '-t1',
    `-i${INTERVAL_US}`,
    `-D${Math.ceil(seconds)}`,
    '-h1000000',
    '--default-system'
  ];
  await output('cyclictest', [...options, ...policy, `--histfile=${file}`], seconds);
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  // It prints a line for each microsecond up to a second, of which almost all are empty.
  const buckets = [...text.matchAll(/^(\d+)\s+(\d+)$/gm)]
    .map(([, us, count]) => [Number(us), Number(count)])
    .filter(([, count]) => count > 0);
  const count = buckets.reduce((sum, [, n]) => sum + n, 0);
  const at = (share) => {
    let left = Math.ceil(count * share);
    return (buckets.find(([, n]) => (left -= n) <= 0)?.[0] ?? 0) / 1000;
  };
  const granted = priority > 0 ? { granted: 'fifo', priority } : { granted: 'none', priority: 0 };
  return {
    ...granted,
    count,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    maxMs: at(1),
    histogram: buckets.map(([us, n]) => [us / 1000, n])
  };
}
