import assert from 'node:assert/strict';
import { encodeEvent, parseMessages } from '../../../../nodes/music/bytes';
import type { MusicEvent } from '../../../../nodes/music/event';
import { streamOf } from '../../../../nodes/music/thinning/key';
import { ParameterReader } from '../../../../nodes/music/thinning/parameters';

const cc = (controller: number, value = 1, channel?: number): MusicEvent => ({
  type: 'cc',
  controller,
  value,
  ...(channel === undefined ? {} : { channel })
});

/** Units of messages that come one after another, each as `controller=value … : stream role`. */
function read(...messages: MusicEvent[][]): string[] {
  const reader = new ParameterReader();
  return messages
    .flatMap((events) => reader.unitsOf(events, (event) => event, 1))
    .map(({ events, stream, role }) => {
      const shown = events.map((event) =>
        event.type === 'cc' ? `${event.controller}=${event.value}` : event.type
      );
      return `${shown.join(' ')} : ${stream ?? '-'}${role === undefined ? '' : ` ${role}`}`;
    });
}

describe('parameters that come as control changes', () => {
  it('are one unit in one message, of the same stream as the event of its own', () => {
    for (const type of ['nrpn', 'rpn'] as const) {
      for (const order of ['msbFirst', 'lsbFirst'] as const) {
        const bytes = new Uint8Array(12);
        const event = { type, parameter: 1234, value: 99, order, channel: 2 };
        encodeEvent(event, 1, bytes);
        const events = parseMessages(bytes);
        const units = new ParameterReader().unitsOf(events, (each) => each, 1);
        assert.deepEqual(
          units.map(({ events: all, stream, role }) => [all, stream, role]),
          [[events, streamOf(event, 1), 'begins']]
        );
      }
    }
    assert.deepEqual(read([cc(98, 5), cc(99, 1), cc(6, 9), cc(74)]), [
      '98=5 99=1 6=9 : 1 nrpn 133 begins',
      '74=1 : 1 cc 74'
    ]);
  });

  it('are units with their numbers when they come one by one; numbers wait for their data', () => {
    assert.deepEqual(read([cc(99, 0)], [cc(98, 3)], [cc(6, 10)], [cc(38, 20)], [cc(6, 11)], [cc(38, 21)]), [
      '99=0 98=3 6=10 : 1 nrpn 3 begins',
      '99=0 98=3 6=10 38=20 : 1 nrpn 3 completes',
      '99=0 98=3 38=20 6=11 : 1 nrpn 3 begins',
      '99=0 98=3 6=11 38=21 : 1 nrpn 3 completes'
    ]);
    assert.deepEqual(read([cc(99, 0)], [cc(98, 3)], [cc(6, 1)], [cc(98, 4)], [cc(6, 2)]), [
      '99=0 98=3 6=1 : 1 nrpn 3 begins',
      '99=0 98=4 6=2 : 1 nrpn 4 begins'
    ]);
  });

  it('may be set by steps, each of which counts', () => {
    assert.deepEqual(read([cc(101, 0)], [cc(100, 1)], [cc(6, 5)], [cc(96, 0)], [cc(38, 7)]), [
      '101=0 100=1 6=5 : 1 rpn 1 begins',
      '101=0 100=1 96=0 : 1 rpn 1 steps',
      '101=0 100=1 38=7 : 1 rpn 1 begins'
    ]);
  });

  it('are kept whole where no parameter is chosen, or not wholly, each channel apart', () => {
    assert.deepEqual(read([cc(6, 1)], [cc(99, 2)], [cc(6, 3)], [cc(98, 4, 2)], [cc(6, 5)]), [
      '6=1 : -',
      '99=2 6=3 : -',
      '99=2 6=5 : -'
    ]);
    assert.deepEqual(read([cc(101, 127)], [cc(100, 127)], [cc(6, 3)]), [
      '101=127 100=127 : -',
      '101=127 100=127 6=3 : -'
    ]);
  });

  it('may follow an event of its own', () => {
    const nrpn = { type: 'nrpn', parameter: 130, value: 1000, order: 'lsbFirst' } as const;
    assert.deepEqual(read([nrpn], [cc(6, 2)]), [
      'nrpn : 1 nrpn 130',
      '99=1 98=2 38=104 6=2 : 1 nrpn 130 begins'
    ]);
  });
});
