import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  assertEveryOnHasItsOff,
  EXAMPLE_PITCHES,
  hasUsbMidi,
  Listener,
  needSequencer,
  pitches,
  playApart,
  run,
  until,
  type Account
} from './support';

/** The addon as it was built; a sanitized one needs libraries that no user has. */
const ADDON = join(__dirname, '..', '..', '..', 'native', 'build', 'phasor.node');

const LISTENER = { mode: 'name', port: 'aseqdump:aseqdump' } as const;
const AUTO = { mode: 'auto', port: '' } as const;
const NO_ADDON = { PHASOR_NATIVE: '/nowhere/phasor.node' };

/** Root without the one capability that priority needs. */
const ORDINARY = ['setpriv', '--bounding-set=-sys_nice', '--inh-caps=-sys_nice'];
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** A command in a view of the file system of its own, after something was done to it. */
function after(preparation: string): string[] {
  return ['unshare', '--mount', 'sh', '-c', `${preparation} && exec "$@"`, 'sh'];
}

const NO_DEVICE = after('mount -t tmpfs none /dev/snd');
const NO_LIBASOUND = after(
  'for f in $(ldconfig -p | sed -n "s/.*libasound.so.2 .*=> //p"); do mount --bind /dev/null $(readlink -f $f); done'
);

function assertLine({ lines }: Account, pattern: RegExp): void {
  assert.ok(
    lines.some((line) => pattern.test(line)),
    `${String(pattern)} in:\n${lines.join('\n')}`
  );
}

describe('where something is missing, the engine says so and plays on what is left', function () {
  this.timeout(60_000);
  let listener: Listener;

  before(function () {
    needSequencer(this);
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    listener = await new Listener().ready();
  });
  afterEach(() => listener.end());

  /** The child has played to the listener. */
  async function assertHeard(): Promise<void> {
    await until('all is heard', () => pitches(listener.messages).length >= 4);
    assert.deepEqual(pitches(listener.messages).slice(0, 4), EXAMPLE_PITCHES.slice(0, 4));
    assertEveryOnHasItsOff(listener.messages);
  }

  /** The child has played to the loopback port, which is all there was. */
  function assertLoopback({ report, port, heard }: Account): void {
    assert.deepEqual([report.driver, port], ['none', 'Loopback']);
    assert.deepEqual(heard.slice(0, 4), EXAMPLE_PITCHES.slice(0, 4));
    assert.deepEqual(listener.messages, []);
  }

  it('nothing is missing', async () => {
    const account = playApart([], { port: LISTENER });
    const { driver, waiter, priority } = account.report;
    assert.deepEqual([driver, waiter, priority.granted, priority.priority], ['alsa', 'native', 'fifo', 70]);
    assert.equal(priority.advice, '');
    assert.deepEqual(account.report.refused, []);
    assertLine(account, /^MIDI ports \(alsa\): .*aseqdump/);
    assertLine(account, /^realtime priority 70 granted$/);
    await assertHeard();
  });

  it('realtime priority is refused', async () => {
    const account = playApart(ORDINARY, { port: LISTENER });
    const { driver, waiter, priority } = account.report;
    assert.deepEqual([driver, waiter, priority.granted], ['alsa', 'native', 'none']);
    assertLine(account, /^realtime priority not granted \(ordinary priority\)\. .*rtprio[ =]70/i);
    await assertHeard();
  });

  it('realtime priority is limited', async () => {
    const account = playApart(['prlimit', '--rtprio=30:30', ...ORDINARY], { port: LISTENER });
    const { granted, priority, advice } = account.report.priority;
    assert.deepEqual([granted, priority], ['fifo', 30]);
    assert.match(advice, /rtprio[ =]70/i);
    assertLine(account, /^realtime priority 30 granted/);
    await assertHeard();
  });

  it('no more than a nice value is allowed', async () => {
    const account = playApart(['prlimit', '--nice=25:25', ...ORDINARY], { port: LISTENER });
    const { granted, priority } = account.report.priority;
    assert.deepEqual([granted, priority], ['nice', -5]);
    assertLine(account, /^realtime priority not granted \(nice -5\)\. /);
    await assertHeard();
  });

  it('the addon is missing: RtMidi plays', async () => {
    const account = playApart([], { port: LISTENER, env: NO_ADDON });
    const { driver, waiter, refused } = account.report;
    assert.deepEqual([driver, waiter], ['rtmidi', 'portable']);
    assert.match(refused.join('\n'), /^native addon: .*npm run build:native/);
    assertLine(account, /^MIDI ports \(rtmidi\): .*aseqdump/);
    assertLine(account, /^realtime priority not granted .*needs the native addon/);
    await assertHeard();
  });

  it('the addon and libasound are missing, as on Alpine before a build: the loopback port plays', () => {
    const account = playApart(NO_LIBASOUND, { port: AUTO, env: NO_ADDON });
    assertLoopback(account);
    assertLine(account, /^no MIDI ports; .*native addon: .*rtmidi: .*libasound\.so\.2/);
  });

  it('libasound is missing, as on Alpine: the addon does without', async () => {
    const account = playApart(NO_LIBASOUND, { port: LISTENER });
    assert.equal(account.report.driver, 'alsa');
    await assertHeard();
  });

  it('the addon needs nothing but the C library', function () {
    if (!existsSync(ADDON)) this.skip();
    const libraries = run('env', '-u', 'LD_PRELOAD', 'ldd', ADDON).trim().split('\n');
    assert.deepEqual(
      libraries
        .map((line) => line.trim().split(' ')[0].replace(/.*\//, ''))
        .filter((name) => !/^(linux-vdso|ld-linux|libc\.|ld-musl)/.test(name)),
      []
    );
  });

  it('there is no sequencer: the loopback port plays', () => {
    const account = playApart(NO_DEVICE, { port: AUTO });
    assertLoopback(account);
    assert.equal(account.report.waiter, 'native');
    assertLine(account, /^no MIDI ports; .*alsa: .*\/dev\/snd\/seq.*load the module snd-seq/);
    assertLine(account, /^realtime priority 70 granted$/);
  });

  it('the sequencer is forbidden: the loopback port plays', () => {
    const account = playApart(NOBODY, { port: AUTO });
    assertLoopback(account);
    assertLine(account, /^no MIDI ports; .*alsa: .*\/dev\/snd\/seq.*group "audio"/);
    assertLine(account, /^realtime priority not granted/);
  });

  it('a driver is asked for that cannot be had', () => {
    const account = playApart([], { port: AUTO, env: NO_ADDON, settings: { driver: 'alsa' } });
    assertLoopback(account);
    assertLine(account, /^no MIDI ports; .*native addon/);
  });

  it('there is no high resolution timer: input is stamped coarsely, output is as ever', async function () {
    if (!hasUsbMidi()) this.skip(); // not a machine of ours
    run('rmmod', 'snd_hrtimer');
    try {
      const account = playApart([], { port: LISTENER });
      assert.equal(account.report.driver, 'alsa');
      assert.match(account.report.refused.join('\n'), /snd-hrtimer/);
      await assertHeard();
    } finally {
      run('modprobe', '-d', process.env['GUEST_KERNEL'] ?? '/', 'snd-hrtimer');
    }
  });
});
