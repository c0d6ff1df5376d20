import type { MusicEvent } from '../../nodes/music/event';
import type { At, OutputHandle } from '../../nodes/engine';
import { partsOf } from '../../nodes/throttle/messages';
import { Throttle, type Msg } from '../../nodes/throttle/throttle';
import { DinDriver, type OnCable } from './din-driver';
import { fakeEngine, type FakeEngine } from './fake-engine';

/** A throttle before an output with a cable, on a fake clock, without nodes. */
export interface ThrottleRig extends FakeEngine {
  throttle: Throttle;
  output: OutputHandle;
  driver: DinDriver;
  heldBack: Msg[];
  /** Gives the throttle, or past it the output, an event. */
  give(event: MusicEvent, at?: At): void;
  /** What was on the cable of one controller of channel 1. */
  valuesOf(controller: number): (OnCable & { value: number })[];
}

const DIN_US_PER_BYTE = 320;

/** @param usPerByte speed of the cable; 0 is no limit */
export function throttleRig(
  throttleMs: number,
  usPerByte = DIN_US_PER_BYTE,
  controlShare = 0.5
): ThrottleRig {
  const driver = new DinDriver(() => 0, usPerByte / 1000);
  const fake = fakeEngine({ lateToleranceMs: 50 }, driver);
  const { engine } = fake;
  driver.now = () => engine.now();
  const config = {
    name: 'synth',
    spec: { mode: 'name' as const, port: 'DIN' },
    channel: 1,
    output: { offsetMs: 0, usPerByte, controlShare }
  };
  const output = engine.openOutput('synth', config, { outputChanged: () => undefined });
  fake.advance(0);
  const throttle = new Throttle(engine, throttleMs);
  const watch = engine.onHorizon((horizon) => throttle.hear(horizon));
  throttle.askAt = (timeMs) => watch.askAt(timeMs);
  const send = ({ payload, at }: Msg) => {
    for (const event of [payload as MusicEvent | MusicEvent[]].flat())
      output.send(event, at as At | undefined, { source: 'out', enteredMs: engine.now() });
  };
  const heldBack: Msg[] = [];
  throttle.wires = { pass: send, held: (msg) => heldBack.push(msg) };
  const give = (event: MusicEvent, at?: At) => {
    const msg: Msg = at === undefined ? { payload: event } : { payload: event, at };
    for (const part of partsOf(msg, engine.now(), 1, throttle.parameters) ?? []) {
      if (part.stream === undefined) send(part.msg);
      else throttle.take(part.stream, part.msg, part.at, part.role);
    }
  };
  const valuesOf = (controller: number) =>
    driver.sent.flatMap((each) =>
      each.bytes[0] === 0xb0 && each.bytes[1] === controller ? [{ ...each, value: each.bytes[2] }] : []
    );
  return Object.defineProperties(
    { throttle, output, driver, heldBack, give, valuesOf } as ThrottleRig,
    Object.getOwnPropertyDescriptors(fake)
  );
}

/** The least time between two messages on the cable. */
export function leastGapMs(sent: readonly OnCable[]): number {
  return sent
    .slice(1)
    .reduce((least, { startMs }, index) => Math.min(least, startMs - sent[index].startMs), Infinity);
}
