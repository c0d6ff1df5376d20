import assert from 'node:assert/strict';
import type { Outputs } from '../../../nodes/engine/core/outputs';
import type { Incoming } from '../../../nodes/engine/core/port';
import { ThruRoute, type ThruConfig } from '../../../nodes/engine/core/thru';
import { Flag, Kind } from '../../../nodes/engine/shared/records';
import { ALL_CHANNELS, FULL_RANGE, MessageKind } from '../../../nodes/music/midi-filter';
import { SysexStore } from '../../../nodes/engine/core/sysex-store';

const ALL_KINDS = Object.values(MessageKind).reduce((kinds, kind) => kinds | kind, 0);

/** A route, and what its output was given: short messages by their bytes, a sysex as it was stored. */
function rig(config: Partial<ThruConfig> & { kinds?: number } = {}) {
  const { kinds = ALL_KINDS, ...rest } = config;
  const given: { kind: Kind; bytes: number[] }[] = [];
  const store = new SysexStore();
  const port = {
    lane: () => undefined,
    accept(_lane: unknown, { flags, bytes0 }: Incoming) {
      const kind = (flags & Flag.kindMask) as Kind;
      const short = [bytes0, bytes0 >> 8, bytes0 >> 16].map((byte) => byte & 0xff);
      const length = (flags >> Flag.lengthShift) & 0xf;
      given.push({ kind, bytes: kind === Kind.sysex ? [...store.get(bytes0)!] : short.slice(0, length) });
    }
  };
  const outputs = { all: [{ port, config: { offsetMs: 0 } }] };
  const filter = { kinds, channels: ALL_CHANNELS, notes: FULL_RANGE, controllers: FULL_RANGE };
  const route = new ThruRoute(
    { input: 0, output: 0, channel: 0, ...rest, filter } as ThruConfig,
    7,
    outputs as unknown as Outputs,
    store
  );
  const take = (...bytes: number[]) => route.take(Uint8Array.from(bytes), bytes.length, 0);
  return { take, given, store, bytes: () => given.map(({ bytes }) => bytes) };
}

describe('a way from an input to an output', () => {
  it('plays what comes on the channel that it is set to, but for what has none', () => {
    const { take, bytes } = rig({ channel: 10 });
    take(0x90, 60, 100);
    take(0xc3, 5);
    take(0xf8);
    take(0xf2, 1, 2);
    assert.deepEqual(bytes(), [[0x99, 60, 100], [0xc9, 5], [0xf8], [0xf2, 1, 2]]);
  });

  it('knows a note-on of velocity 0 as the end of a note, and banks as what must not be thinned', () => {
    const { take, given } = rig();
    for (const message of [
      [0x90, 60, 1],
      [0x90, 60, 0],
      [0x80, 60, 64],
      [0xb0, 74, 1],
      [0xb0, 0, 1],
      [0xe0, 0, 64],
      [0xd0, 1]
    ])
      take(...message);
    assert.deepEqual(
      given.map(({ kind }) => kind),
      [
        Kind.noteOn,
        Kind.noteOff,
        Kind.noteOff,
        Kind.softControl,
        Kind.firmControl,
        Kind.firmControl,
        Kind.firmControl
      ]
    );
  });

  it('passes on nothing that is torn, too long, or holds a status in its data', () => {
    const { take, bytes } = rig();
    take(0x90, 60);
    take(0x90, 60, 100, 0x80);
    take(0x90, 0x91, 100);
    take(60, 100);
    take(0xf7);
    assert.deepEqual(bytes(), []);
  });

  it('passes on a sysex whole, however it comes in pieces and with clocks in between', () => {
    const { take, bytes } = rig();
    take(0xf0, 1, 2);
    take(0xf8);
    take(3, 4);
    take(5, 0xf7);
    assert.deepEqual(bytes(), [[0xf8], [0xf0, 1, 2, 3, 4, 5, 0xf7]]);
  });

  it('drops a sysex that has no end, and takes what began instead of it', () => {
    const { take, bytes } = rig();
    take(0xf0, 1, 2);
    take(0x90, 60, 100);
    take(3, 0xf7);
    take(0xf0, 1);
    take(0xf0, 2, 0xf7);
    assert.deepEqual(bytes(), [
      [0x90, 60, 100],
      [0xf0, 2, 0xf7]
    ]);
  });

  it('drops a sysex that is longer than any, and what follows of it', () => {
    const { take, bytes } = rig();
    take(0xf0);
    const piece = new Array<number>(1000).fill(1);
    for (let pieces = 0; pieces < 100; pieces++) take(...piece);
    take(1, 0xf7);
    take(0xf0, 2, 0xf7);
    assert.deepEqual(bytes(), [[0xf0, 2, 0xf7]]);
  });

  it('keeps what its filter keeps out, sysex too', () => {
    const { take, bytes, store } = rig({ kinds: MessageKind.notes });
    take(0xf0, 1, 0xf7);
    take(0xb0, 1, 2);
    take(0x90, 60, 100);
    assert.deepEqual(bytes(), [[0x90, 60, 100]]);
    assert.equal(store.size, 0);
  });

  it('keeps nothing for an output that is closed', () => {
    const { take, given, store } = rig({ output: 1 });
    take(0x90, 60, 100);
    take(0xf0, 1, 0xf7);
    assert.deepEqual(given, []);
    assert.equal(store.size, 0);
  });
});
