import assert from 'node:assert/strict';
import { meter } from '../../../nodes/music/meter';
import type { Beat, Engine, OutputHandle, Span, TransportHandle } from '../../../nodes/engine';
import { fakeEngine, type FakeEngine, type Heard } from '../../support/fake-engine';
import { SongModel } from '../../support/song-model';
import { runs } from '../../support/runs';

const SEQUENCES = runs(300);
const SEQUENCES_PER_ENGINE = SEQUENCES / 3;

describe('transport, beside an exact model', () => {
  it(`${SEQUENCES} random sequences of commands agree with it to 1 µs`, () => {
    for (let first = 0; first < SEQUENCES; first += SEQUENCES_PER_ENGINE) {
      const fake = fakeEngine();
      const heard = fake.record('clocked');
      for (let seed = first; seed < first + SEQUENCES_PER_ENGINE; seed++) {
        const sequence = new Sequence(fake, heard, seed);
        try {
          sequence.play();
        } catch (error) {
          throw new Error(`seed ${seed}:\n${sequence.told.join('\n')}\n${(error as Error).message}`, {
            cause: error
          });
        }
      }
    }
  });
});

/** A clock that is told this and that, and the model that is told the same. */
class Sequence {
  readonly told: string[] = [];
  private readonly random: () => number;
  private readonly said: { span?: Span; beat?: Beat; nowMs: number }[] = [];
  private readonly engine: Engine;
  private readonly output: OutputHandle | undefined;
  private readonly config;
  private readonly transport: TransportHandle;
  private readonly model: SongModel;
  private readonly listener = {
    span: (span: Span) => {
      this.output?.lease(this.transport);
      this.said.push({ span, nowMs: this.nowMs });
    },
    beat: (beat: Beat) => this.said.push({ beat, nowMs: this.nowMs }),
    changed: () => undefined
  };
  private readonly outputListener = { outputChanged: () => undefined };

  constructor(
    private readonly fake: FakeEngine,
    private readonly heard: Heard[],
    private readonly seed: number
  ) {
    this.random = randomFrom(seed);
    this.engine = fake.engine;
    const hasClock = seed % 2 === 0;
    if (hasClock) this.output = this.openOutput();
    const lookaheadMs = this.oneOf([20, 50, 150, 300]);
    const bpm = this.bpm();
    this.config = {
      bpm,
      meter: meter(4, 4),
      lookaheadMs,
      clockWhileStopped: true,
      sendStartStop: true,
      sendSongPosition: true
    };
    this.told.push(`${this.nowMs}: bpm ${bpm}, lookahead ${lookaheadMs}, clock ${hasClock}`);
    this.model = new SongModel(bpm, lookaheadMs, hasClock, this.nowMs);
    this.transport = this.engine.openTransport(`clock ${seed}`, '', this.config, this.listener).transport;
    heard.length = 0;
    fake.advance(0);
    this.hear();
    // The first pulse tells where the grid is.
    if (hasClock) fake.advance(2600 / bpm);
    this.hear();
  }

  play(): void {
    const steps = 6 + Math.floor(this.random() * 14);
    for (let step = 0; step < steps; step++) {
      if (this.random() < 0.7) {
        this.fake.advance(this.random() < 0.2 ? 30 : this.random() * 250);
        this.hear();
      }
      this.model.settle(this.nowMs);
      this.command();
      this.hear();
      const { running, continueEpoch, startEpoch } = this.transport.state();
      if (!running) this.model.checkPrimed(continueEpoch, startEpoch, this.nowMs);
    }
    this.fake.advance(300);
    this.hear();
    this.model.settle(this.nowMs);
    this.engine.closeTransport(`clock ${this.seed}`, this.listener, true);
    if (this.output !== undefined) this.engine.closeOutput('clocked', this.outputListener, true);
    this.fake.advance(0);
  }

  private get nowMs(): number {
    return this.fake.link.now();
  }

  private openOutput(): OutputHandle {
    const config = {
      name: 'clocked',
      spec: { mode: 'loopback' as const, port: 'clocked' },
      channel: 1,
      output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
    };
    return this.engine.openOutput('clocked', config, this.outputListener);
  }

  /** Gives the model what the engine said and sent since. */
  private hear(): void {
    for (const { span, beat, nowMs } of this.said.splice(0)) {
      if (span !== undefined) this.model.span(span, nowMs);
      if (beat !== undefined) this.model.beat(beat);
    }
    for (const { bytes, timeMs } of this.heard.splice(0)) if (bytes[0] === 0xf8) this.model.pulse(timeMs);
    assert.equal(this.transport.state().running, this.model.running);
  }

  private command(): void {
    const { transport, model, nowMs } = this;
    const tell = (what: string, does: () => void) => {
      this.told.push(`${nowMs}: ${what}`);
      does();
      this.fake.advance(0);
    };
    const begin = (epoch: number) =>
      model.begin(epoch, (run) => transport.timeOf(epoch, run) as number, nowMs);
    const verb = this.oneOf([
      ...['start', 'start', 'continue', 'continue', 'stop', 'locate', 'locate', 'locate'],
      ...['bpm', 'bpm', 'ramp', 'ramp', 'signature', 'signature', 'loop', 'loop', 'lookahead']
    ]);
    switch (verb) {
      case 'start': {
        const { startEpoch } = transport.state();
        tell('start', () => transport.start());
        return model.running ? model.locate(0, nowMs) : begin(startEpoch);
      }
      case 'continue': {
        const { continueEpoch } = transport.state();
        tell('continue', () => transport.continue());
        return model.running ? undefined : begin(continueEpoch);
      }
      case 'stop':
        tell('stop', () => transport.stop());
        return model.running ? model.stop(transport.state().stoppedPosition, nowMs) : undefined;
      case 'locate': {
        const position = this.position();
        tell(`locate ${position}`, () => transport.locate(position));
        return model.locate(position, nowMs);
      }
      case 'bpm': {
        const bpm = this.bpm();
        tell(`bpm ${bpm}`, () => transport.setBpm(bpm));
        return model.setBpm(bpm, nowMs);
      }
      case 'ramp': {
        const bpm = this.bpm();
        const over =
          this.random() < 0.5
            ? { beats: this.oneOf([0, 0.01, this.random(), this.random() * 8]) }
            : { ms: this.oneOf([0, 1, this.random() * 100, this.random() * 2000]) };
        tell(`ramp to ${bpm} over ${JSON.stringify(over)}`, () => transport.ramp(bpm, over));
        return model.ramp(bpm, over, nowMs);
      }
      case 'signature': {
        const signature = meter(1 + Math.floor(this.random() * 7), this.oneOf([2, 4, 8, 16, 32]));
        tell(`signature ${signature.beatsPerBar}/${signature.beatUnit}`, () => transport.setMeter(signature));
        return model.sign(signature.beatsPerBar, signature.beatUnit, nowMs);
      }
      case 'loop': {
        const start = Math.max(0, Math.floor(model.end + (this.random() - 0.7) * 1000));
        const end = start + 60 + this.oneOf([0, 0.5, 36, Math.floor(this.random() * 2000)]);
        const loop = this.random() < 0.3 ? undefined : { start, end };
        tell(`loop ${JSON.stringify(loop)}`, () => transport.setLoop(loop));
        return model.setLoop(loop, nowMs);
      }
      case 'lookahead': {
        const lookaheadMs = 20 + this.random() * 480;
        tell(`lookahead ${lookaheadMs}`, () => transport.configure({ ...this.config, lookaheadMs }, ''));
        return model.setLookahead(lookaheadMs, nowMs);
      }
    }
  }

  private oneOf<T>(choices: T[]): T {
    return choices[Math.floor(this.random() * choices.length)];
  }

  private bpm(): number {
    return this.oneOf([
      1,
      999,
      120,
      60 + this.random() * 140,
      60 + this.random() * 140,
      999 ** this.random()
    ]);
  }

  private position(): number {
    const anywhere = this.random() * 20_000;
    return this.oneOf([0, anywhere, Math.floor(anywhere), Math.floor(anywhere / 240) * 240]);
  }
}

/** Numbers from 0 to 1 that a seed determines: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
