import { DEFAULT_SETTINGS, Engine } from '../../nodes/engine';

/** Plays a chord on the loopback port and ends the process in the way that its argument names. */
const ways: Record<string, () => void> = {
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('an error in somebody else’s node');
  },
  reject: () => void Promise.reject(new Error('a rejection in somebody else’s node')),
  sigint: () => process.kill(process.pid, 'SIGINT'),
  sigterm: () => process.kill(process.pid, 'SIGTERM'),
  dispose: () => void engine.dispose().then(() => process.exit(0))
};

const engine = new Engine({ ...DEFAULT_SETTINGS, driver: 'none' });
// What Node-RED does with signals and uncaught errors.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
process.on('uncaughtException', () => process.exit(1));
// Registered after the engine's own: it sees what the engine's left.
process.on('exit', () => process.stdout.write(`sounding at the end: ${engine.soundingNotes()}\n`));

const output = engine.openOutput(
  'device',
  {
    name: 'device',
    spec: { mode: 'loopback', port: '' },
    channel: 1,
    output: { offsetMs: 0, usPerByte: 0, controlShare: 1 }
  },
  { outputChanged: () => undefined }
);

// The engine alone does not keep a process alive.
setInterval(() => undefined, 1000);
void engine.ready().then(() => {
  for (const note of [60, 64, 67]) {
    const event = { type: 'note', note, velocity: 100, durationMs: 60_000 } as const;
    output.send(event, undefined, { source: 'test', enteredMs: engine.now() });
  }
  const timer = setInterval(() => {
    if (engine.soundingNotes() < 3) return;
    clearInterval(timer);
    process.stdout.write(`sounding: ${engine.soundingNotes()}\n`);
    ways[process.argv[2]]();
  }, 5);
});
