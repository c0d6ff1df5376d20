import { FaultyEngine } from '../support/faults';

/**
 * Plays a chord and a pedal to a port and ends that in the way that its first argument names. The second is the file
 * that gets what was sent, the third the name of the port: a loopback port, or with `alsa:` before it an ALSA port.
 */
const [way, cable, name] = process.argv.slice(2);
const isAlsa = name.startsWith('alsa:');
const { engine } = new FaultyEngine(
  { driver: isAlsa ? 'alsa' : 'none', lookaheadMs: 1000 },
  { cable: cable === '' ? undefined : cable }
);
const ways: Record<string, () => void> = {
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('an error in somebody else’s node');
  },
  reject: () => void Promise.reject(new Error('a rejection in somebody else’s node')),
  sigint: () => process.kill(process.pid, 'SIGINT'),
  sigterm: () => process.kill(process.pid, 'SIGTERM'),
  dispose: () => void engine.dispose().then(() => process.exit(0)),
  panic: () => engine.panic(),
  release: () => engine.release('test'),
  close: () => engine.closeOutput('device', listener, true)
};
const SOUNDING = 4;

// What Node-RED does with signals and uncaught errors.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
process.on('uncaughtException', () => process.exit(1));
// Registered after the engine's own: it sees what the engine's left.
process.on('exit', () => process.stdout.write(`sounding at the end: ${engine.soundingNotes()}\n`));

const listener = { outputChanged: () => undefined };
// The engine alone does not keep a process alive.
setInterval(() => undefined, 1000);

function whenSounding(count: number, then: () => void): void {
  const timer = setInterval(() => {
    if (engine.soundingNotes() !== count) return;
    clearInterval(timer);
    then();
  }, 5);
}

void engine.ready().then(() => {
  const spec = isAlsa
    ? ({ mode: 'name', port: name.slice('alsa:'.length) } as const)
    : ({ mode: 'loopback', port: name } as const);
  const wire = { offsetMs: 0, usPerByte: 320, controlShare: 0.5 };
  const output = engine.openOutput('device', { name: 'device', spec, channel: 1, output: wire }, listener);
  const origin = { source: 'test', enteredMs: engine.now() };
  for (const note of [60, 64, 67])
    output.send({ type: 'note', note, velocity: 100, durationMs: 60_000 }, undefined, origin);
  output.send({ type: 'cc', controller: 64, value: 127 }, undefined, origin);
  whenSounding(SOUNDING, () => {
    process.stdout.write(`sounding: ${engine.soundingNotes()}\n`);
    ways[way]();
    // What does not end the process ends the notes; then this does, without another word.
    if (['panic', 'release', 'close'].includes(way)) {
      whenSounding(0, () => {
        process.stdout.write('sounding at the end: 0\n', () => process.kill(process.pid, 'SIGKILL'));
      });
    }
  });
});
