import assert from 'node:assert/strict';
import { NodeRed, type FlowNode } from '../support/node-red';
import { NOT_NEEDED } from './core-nodes';
import { repeatAfterStandstill } from './standstill';
import {
  assertEveryOnHasItsOff,
  CLOCK,
  CONTINUE,
  count,
  EXAMPLE_PITCHES,
  GADGET,
  GADGET_INSIDE,
  hasUsbMidi,
  isOn,
  Listener,
  needSequencer,
  pitches,
  readExample,
  run,
  SONG_POSITION,
  START,
  STOP,
  until,
  usbMidi
} from './support';

const BLOCK_MS = 1000;
/** What takes a real machine a tenth of a second takes the emulated one up to a second. */
const LOOKAHEAD_MS = 2000;

/** Buttons beside the example: one that blocks the main thread, and what its clock can be told. */
function remote(clock: string): FlowNode[] {
  const tab = { id: 'remote', type: 'tab', label: 'remote', disabled: false };
  const button = (id: string, payload: unknown, to: string): FlowNode => ({
    id,
    type: 'inject',
    z: 'remote',
    props: [{ p: 'payload' }],
    payload: JSON.stringify(payload),
    payloadType: 'json',
    repeat: '',
    once: false,
    x: 100,
    y: 100,
    wires: [[to]]
  });
  const block: FlowNode = {
    id: 'blocker',
    type: 'function',
    z: 'remote',
    func: `const endMs = Date.now() + ${BLOCK_MS}; while (Date.now() < endMs);`,
    outputs: 0,
    libs: [],
    x: 300,
    y: 100,
    wires: []
  };
  return [
    tab,
    block,
    button('block', 1, 'blocker'),
    button('start', 'start', clock),
    button('stop', 'stop', clock),
    button('continue', 'continue', clock),
    button('locate', { position: 4 }, clock)
  ];
}

interface Status {
  state: string;
  outputs: { counters: Record<string, number> }[];
}

describe('the first example in Node-RED on a real sequencer', function () {
  this.timeout(90_000);
  repeatAfterStandstill(this);
  const example = readExample();
  const idOf = (type: string) => example.find((node) => node.type === type)?.id ?? assert.fail(type);
  const flow = [...example, ...remote(idOf('phasor-clock'))];
  let nodeRed: NodeRed;
  let listener: Listener;
  const heard = () => listener.messages;
  const status = async () => (await nodeRed.get('phasor/status')) as Status;
  const outStatus = () => nodeRed.statuses.get(idOf('phasor-alsa-out'));

  before(async function () {
    needSequencer(this);
    if (!hasUsbMidi()) this.skip();
    usbMidi('plug');
    await until('the device is there', () => run('aconnect', '-l').includes("'MIDI Gadget'"));
    // The out takes the first hardware port, the inside of the device; its outside is what others see.
    listener = await new Listener(GADGET.split(':')[0]).ready();
    nodeRed = await NodeRed.start({
      phasorDriver: 'auto',
      phasorLookaheadMs: LOOKAHEAD_MS,
      nodesExcludes: NOT_NEEDED
    });
    // The emulated machine takes a second to start the engine, in which the first note would have to sound.
    await nodeRed.deploy([
      { id: 'first', type: 'tab' },
      { id: 'warm', type: 'phasor-clock', z: 'first', x: 1, y: 1, wires: [[], []] }
    ]);
    await nodeRed.until('the engine runs', async () => (await status()).state === 'ok');
    await nodeRed.deploy(flow);
  });

  after(async () => {
    await nodeRed?.stop();
    await listener?.end();
    if (hasUsbMidi()) usbMidi('unplug');
  });

  const lastIndexOf = (status: number) =>
    heard()
      .map(([first]) => first)
      .lastIndexOf(status);

  /** Waits for so many more notes. */
  const more = async (notes: number) => {
    const before = pitches(heard()).length;
    await until(`${notes} more notes`, () => pitches(heard()).length >= before + notes);
  };

  /** Presses a button and waits for a status byte; returns what came from the button on. */
  const press = async (button: string, status: number): Promise<number[][]> => {
    const before = listener.messages.length;
    await nodeRed.inject(button);
    await until(`${button} is heard`, () => count(heard().slice(before), status) > 0);
    return heard().slice(before);
  };

  it('finds the device, plays to it, and says so', async () => {
    await nodeRed.until('the out shows it', () => outStatus()?.text === GADGET_INSIDE);
    assert.deepEqual(outStatus(), { fill: 'green', shape: 'dot', text: GADGET_INSIDE });
    await more(8);
    assert.match(nodeRed.log, /\[phasor\] MIDI ports \(alsa\): .*MIDI Gadget/);
    assert.match(nodeRed.log, /\[phasor\] realtime priority 70 granted/);
    const first = EXAMPLE_PITCHES.indexOf(pitches(heard())[0]);
    assert.deepEqual(
      pitches(heard()).slice(0, 8),
      Array.from({ length: 8 }, (_, index) => EXAMPLE_PITCHES[(first + index) % 8])
    );
  });

  /**
   * What a start would play waits in the queue, all of it: on a slow machine the answers take a while. Where what waited
   * before was given up, as by a jump, `since` are the counters of before.
   */
  const becomesPrepared = async (since?: Record<string, number>) => {
    const startMs = performance.now();
    for (let before = 0; ;) {
      const { counters } = (await status()).outputs[0];
      const { pending, cancelled, droppedStale } = counters;
      const isAnew =
        since === undefined ||
        (cancelled + droppedStale > since['cancelled'] + since['droppedStale'] &&
          pending >= since['pending']);
      if (isAnew && pending > 0 && pending === before) return counters;
      before = pending;
      assert.ok(
        performance.now() - startMs < 10_000,
        `nothing waits for a start: ${JSON.stringify(counters)}`
      );
    }
  };

  /** Stops the clock where it runs, and waits until what it would start with is ready. */
  const stand = async () => {
    const words = heard().filter(([status]) => [START, CONTINUE, STOP].includes(status));
    const since = words.at(-1)?.[0] === STOP ? undefined : await press('stop', STOP);
    await becomesPrepared();
    return since;
  };

  it('starts, stops, goes to a place and goes on as it is told by messages', async () => {
    const words = (messages: readonly number[][]) =>
      messages.filter(([status]) => status >= 0xf0 && status !== CLOCK).map((message) => message.join(' '));
    assert.deepEqual(words((await stand()) ?? [[STOP]]), [`${STOP}`]);
    const before = heard().length;
    await press('start', START);
    await more(5);
    const started = heard().slice(before);
    assert.deepEqual(words(started), [`${START}`]);
    const played = started.slice(started.findIndex(([status]) => status === START) + 1);
    assert.deepEqual(played[0], [CLOCK]);
    assert.deepEqual(
      pitches(played).slice(0, 5),
      EXAMPLE_PITCHES.slice(0, 5),
      JSON.stringify([heard().slice(before - 10), (await status()).outputs[0].counters])
    );
    assertPulses(played);
    await press('stop', STOP);
    const stopped = await becomesPrepared();
    assert.deepEqual(words(await press('locate', SONG_POSITION)), [`${SONG_POSITION} 16 0`]);
    await becomesPrepared(stopped);
    const end = heard().length;
    assert.deepEqual(words(await press('continue', CONTINUE)), [`${SONG_POSITION} 16 0`, `${CONTINUE}`]);
    await until('a bar is heard', () => pitches(heard().slice(end)).length >= 4);
    assert.deepEqual(pitches(heard().slice(end)).slice(0, 4), EXAMPLE_PITCHES.slice(4));
  });

  it('sends every pulse while the main thread is blocked for a second', async () => {
    await stand();
    const { clocksSkipped } = (await status()).outputs[0].counters;
    await press('start', START);
    await more(2);
    const startMs = performance.now();
    await nodeRed.inject('block');
    await nodeRed.get('phasor/status'); // is answered when the block is over
    const endMs = performance.now();
    assert.ok(endMs - startMs >= BLOCK_MS, `${endMs - startMs}`);
    await more(2);
    const played = listener.events.slice(lastIndexOf(START) + 1);
    const pulses = played.filter(({ bytes }) => bytes[0] === CLOCK);
    const meanwhile = pulses.filter(({ timeMs }) => timeMs > startMs && timeMs < endMs);
    const blockedMs = (endMs - startMs).toFixed(0);
    console.log(`        ${meanwhile.length} pulses in ${blockedMs} ms, of which ${BLOCK_MS} ms blocked`);
    assert.ok(meanwhile.length > (BLOCK_MS / 500) * 24 - 5);
    assertPulses(played.map(({ bytes }) => bytes));
    const { outputs } = await status();
    assert.equal(outputs[0].counters['clocksSkipped'], clocksSkipped);
    await press('stop', STOP);
    assertEveryOnHasItsOff(heard());
  });

  it('keeps client, ports and connections through a full deploy, and plays on', async () => {
    await stand();
    await press('start', START);
    const second = await new Listener().ready();
    const ours = /client (\d+): 'Phasor'/.exec(run('aconnect', '-l'))?.[1] ?? assert.fail();
    run('aconnect', `${ours}:0`, second.address);
    const connections = () => {
      const text = run('aconnect', '-l');
      const from = text.indexOf(`client ${ours}:`);
      return text.slice(from, text.indexOf('\nclient ', from + 1));
    };
    const before = connections();
    assert.match(before, /'Phasor'/);
    assert.match(before, /^\s+0 'device *'\n\tConnecting To: \d+:0, \d+:0/m);
    const skipped = heard().length;
    await nodeRed.deploy(flow.map((node) => ({ ...node })));
    await more(8);
    assert.equal(connections(), before);
    assert.equal(run('aconnect', '-l').match(/'Phasor'/g)?.length, 1);
    const words = heard()
      .slice(skipped)
      .filter(([status]) => status >= 0xf0 && status !== CLOCK);
    assert.deepEqual(words, [], 'the slave does not notice');
    assert.ok(pitches(second.messages).length >= 8);
    const played = pitches(heard().slice(lastIndexOf(START)));
    assert.deepEqual(
      played,
      played.map((_, index) => EXAMPLE_PITCHES[index % 8])
    );
    assertPulses(heard().slice(lastIndexOf(START) + 1));
    await second.end();
  });

  it('shows that the device is gone, and plays it again when it is back', async () => {
    usbMidi('unplug');
    await nodeRed.until('the out shows it', () => outStatus()?.text === 'Loopback');
    await listener.end();
    usbMidi('plug');
    await nodeRed.until('the out shows it', () => outStatus()?.text === GADGET_INSIDE);
    await until('its outside is there', () => run('aconnect', '-l').includes("'MIDI Gadget'"));
    listener = await new Listener(GADGET.split(':')[0]).ready();
    await more(4);
  });

  it('leaves no note on when Node-RED ends', async () => {
    await until(
      'a note sounds',
      () => pitches(heard()).length > 0 && isOn(heard().filter(isNote).at(-1) ?? [])
    );
    assert.equal(await nodeRed.stop(), 0);
    await until('the end is heard', () => heard().at(-1)?.[0] === STOP);
    assertEveryOnHasItsOff(heard().slice(heard().findIndex(isOn))); // it began to listen while a note was on
    assert.ok(!run('aconnect', '-l').includes("'Phasor'"));
  });
});

/** Each beat has a note and 24 pulses, from the pulse that is its first on; some are ahead where time stood still. */
function assertPulses(played: readonly number[][]): void {
  const ahead = played.flatMap((message, at) => (isOn(message) ? [count(played.slice(0, at), CLOCK)] : []));
  ahead.forEach((pulses, index) => {
    const more = pulses - (24 * index + 1);
    assert.ok(more >= 0 && more <= 5, `${pulses} pulses before note ${index + 1}`);
  });
}

function isNote([status]: readonly number[]): boolean {
  return status < 0xa0;
}
