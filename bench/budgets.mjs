// What Phasor promises to cost at most: each budget, where it is measured, beside what, and how.

/**
 * @typedef {object} Budget
 * @property {string} promise
 * @property {string} bench
 * @property {string[]} goals beginnings of the goals of that benchmark that stand for it
 * @property {string} baseline what is measured in turns with it
 * @property {string} method
 */

/** @type {Budget[]} */
export const BUDGETS = [
  {
    promise: 'Lateness with SCHED_FIFO: p50 ≤ 1.5 ×, p99 ≤ 2 × a C loop; p99.9 < 2 ms on a quiet machine',
    bench: 'lateness',
    goals: ['p50, idle', 'p99, idle', 'p99.9, idle'],
    baseline: 'a C program with the same ppoll loop at the same priority; cyclictest',
    method: 'an event each ms into the null driver; the moment of handing over less the moment it was due'
  },
  {
    promise: 'The same with the main thread blocked 80 ms of every 100: p99 ≤ 1.5 × idle, no F8 missing',
    bench: 'lateness',
    goals: ['p99, blocked', 'F8 missing'],
    baseline: 'the same, idle; the C loop beside a busy process',
    method: 'the same, with a busy loop in the main thread'
  },
  {
    promise: 'The same beside a storm of garbage and beside writing to the disk: p99 ≤ 2 × the C loop',
    bench: 'lateness',
    goals: ['p99, garbage', 'p99, disk'],
    baseline: 'the C loop beside a process that does the same; cyclictest',
    method: 'the same, with 20 000 objects or 1 MB, written through, each 20 ms in the main thread'
  },
  {
    promise: 'At least 100 × better at p99 than a timer on the main thread under the same load',
    bench: 'lateness',
    goals: ['p99 of setInterval', 'p99 of setTimeout'],
    baseline: 'setInterval; drift-corrected setTimeout',
    method: 'an event each ms from the timer, main thread blocked 80 ms of every 100'
  },
  {
    promise: 'At least 100 × better at p99 than what one would take instead',
    bench: 'peers',
    goals: ['p99 late', 'notes lost'],
    baseline: 'timers, a look-ahead scheduler in the style of Web Audio, JZZ, easymidi',
    method: 'a note each 10 ms, judged at the receiver, main thread blocked 80 ms of every 100'
  },
  {
    promise: 'Through a real sequencer, main thread blocked: no note lost, better than a timer with RtMidi',
    bench: 'guest',
    goals: ['p99 of the interval', 'notes lost'],
    baseline: "aplaymidi (the kernel's queue); easymidi by two timers",
    method:
      'a note each 20 ms to one receiver, stamped by the kernel; in an emulated machine where there is no sequencer'
  },
  {
    promise: 'F8 interval at 120 and 300 BPM: p99 of the error < 1 ms; no slope over hours',
    bench: 'clock',
    goals: ['F8 interval', 'slope'],
    baseline: 'drift-corrected setTimeout on the main thread',
    method: 'intervals at a loopback port; a line through the errors of 4 hours of virtual time'
  },
  {
    promise: 'Queue, push and pop: ≥ 2 M pairs/s at 1 000 pending, ≥ 1 M at 100 000',
    bench: 'queue',
    goals: ['push + pop'],
    baseline: 'a plain copy of a record into a ring and out of it',
    method: 'the first is taken out and put back at a random later key'
  },
  {
    promise: 'Bytes for each event: 0',
    bench: 'alloc',
    goals: ['per event', 'per wake'],
    baseline: 'an empty loop that is fed as much',
    method: 'growth of the heap of the core, nothing collected'
  },
  {
    promise: 'A message without a stamp is sent in < 5 ms (p99)',
    bench: 'pingpong',
    goals: ['p99 of t3'],
    baseline: 'postMessage to an empty worker',
    method: 'from the call on the main thread to the driver'
  },
  {
    promise: 'A parameter change through the mapper in < 10 ms (p99)',
    bench: 'parameter',
    goals: ['p99, idle'],
    baseline: 'an event straight to the same alsa out',
    method: 'in a real Node-RED, from the first node to the driver'
  },
  {
    promise:
      '16 patterns of 16ths at 120 BPM through pattern → profile → throttle → out: main thread ≤ 3 × core nodes; worker < 1 % of a core',
    bench: 'chain',
    goals: ['main thread', 'worker'],
    baseline: 'four core nodes that pass as many messages; Node-RED at rest',
    method: 'CPU time of the threads in a real Node-RED'
  },
  {
    promise: 'Following: phase sd ≤ 0.1 ms with DIN jitter, settled < 1.2 s after a step of 5 %',
    bench: 'follower',
    goals: ['phase', 'settled'],
    baseline: 'the pulses as they arrive',
    method: 'pulses with jitter by fixed seeds, virtual time'
  },
  {
    promise: 'Engine start < 200 ms, memory it adds < 40 MB',
    bench: 'start',
    goals: ['engine start', 'memory added'],
    baseline: 'an empty worker thread',
    method: 'fresh processes'
  },
  {
    promise: 'No message lost through four hops with the main thread blocked 40 ms of every 60',
    bench: 'blocked',
    goals: ['messages lost', 'messages queued', 'spans lost'],
    baseline: 'the same, idle',
    method: 'four voices in sixteenths, lookahead 300 ms'
  },
  {
    promise: 'No knee below 10⁴ pending events, 16 ports',
    bench: 'scaling',
    goals: ['no knee', 'messages a second'],
    baseline: 'the first point of each curve',
    method: 'a stream of notes beside events that wait, on more ports, faster'
  },
  {
    promise: 'No knee below 64 patterns',
    bench: 'patterns',
    goals: [''],
    baseline: 'function nodes that send the same messages',
    method: 'share of time that the event loop of a real Node-RED was busy'
  },
  {
    promise: 'A deploy is not heard',
    bench: 'deploy',
    goals: ['notes lost', 'gap'],
    baseline: 'the same flow without a deploy',
    method: 'the largest gap between sixteenths at a loopback port'
  },
  {
    promise: 'A MIDI file of 10⁵ events loads in < 2 × the parser alone + 20 ms',
    bench: 'midi-file',
    goals: [''],
    baseline: 'the package midi-file',
    method: 'from bytes to a pattern, in fresh processes and warm'
  },
  {
    promise:
      'Small to install, quick to play: tarball < 1 MB, first note within a second of the start of Node.js',
    bench: 'install',
    goals: ['start of Node.js', 'size'],
    baseline: '@julusian/midi installed alone',
    method: 'npm install of the tarball into an empty folder; a fresh process there'
  },
  {
    promise: 'A node is small',
    bench: 'memory',
    goals: ['heap'],
    baseline: 'core nodes',
    method: 'growth of the heap with 200 more of a kind'
  }
];
