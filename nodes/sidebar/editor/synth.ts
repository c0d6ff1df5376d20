import type { Player } from './listening';
import { drum } from './drums';

const DRUM_CHANNEL = 9;
const MAX_VOICES = 48;
const ATTACK_S = 0.005;
const RELEASE_S = 0.12;
const BEND_SEMITONES = 2;

interface Voice {
  channel: number;
  note: number;
  oscillators: OscillatorNode[];
  level: GainNode;
  startS: number;
}

interface Channel {
  volume: number;
  bend: number;
  cutoff: number;
  pedal: boolean;
  held: Set<Voice>;
}

/** One note that was put on the timetable of the audio hardware. */
export interface Onset {
  channel: number;
  note: number;
  /** Time of the audio context in seconds. */
  atS: number;
}

/** How many of them are remembered. */
const MAX_ONSETS = 256;

/**
 * A small polyphonic synth and a drum kit (channel 10) in the browser: enough to hear a flow without hardware. It
 * knows notes, volume (CC 7), cutoff (CC 74), the sustain pedal, pitch bend and the all-off messages.
 */
export class Synth implements Player {
  /** Shows how loud it is. */
  readonly analyser: AnalyserNode;
  readonly onsets: Onset[] = [];
  private readonly context: AudioContext;
  private readonly output: GainNode;
  private voices: Voice[] = [];
  private readonly channels = new Map<number, Channel>();

  constructor(context: AudioContext) {
    this.context = context;
    this.analyser = context.createAnalyser();
    this.output = context.createGain();
    this.output.gain.value = 0.3;
    // Chords must not clip.
    const limiter = context.createDynamicsCompressor();
    this.output.connect(limiter).connect(this.analyser).connect(context.destination);
  }

  /** Browsers hold sound back until somebody has clicked. */
  async resume(): Promise<void> {
    await this.context.resume();
  }

  play(bytes: readonly number[], pageMs: number): void {
    const [status, first = 0, second = 0] = bytes;
    const atS = Math.max(
      this.context.currentTime,
      this.context.currentTime + (pageMs - performance.now()) / 1000
    );
    const channel = status & 0x0f;
    switch (status & 0xf0) {
      case 0x90:
        if (second > 0) return this.noteOn(channel, first, second, atS);
        return this.noteOff(channel, first, atS);
      case 0x80:
        return this.noteOff(channel, first, atS);
      case 0xb0:
        return this.control(channel, first, second, atS);
      case 0xe0:
        return this.bend(channel, ((second << 7) | first) - 8192, atS);
    }
  }

  silence(): void {
    for (const voice of this.voices) this.release(voice, this.context.currentTime);
    this.channels.clear();
  }

  private noteOn(channel: number, note: number, velocity: number, atS: number): void {
    this.onsets.push({ channel: channel + 1, note, atS });
    if (this.onsets.length > MAX_ONSETS) this.onsets.shift();
    if (channel === DRUM_CHANNEL) return drum(this.context, this.output, note, velocity / 127, atS);
    this.noteOff(channel, note, atS);
    if (this.voices.length >= MAX_VOICES) this.release(this.voices[0], atS);
    const { volume, bend, cutoff } = this.channel(channel);
    const frequency = 440 * 2 ** ((note - 69) / 12);
    const loudness = (velocity / 127) ** 1.5 * volume;

    const filter = this.context.createBiquadFilter();
    const brightest = Math.min(12_000, frequency * (2 + 10 * cutoff * (velocity / 127)));
    filter.type = 'lowpass';
    filter.frequency.setValueAtTime(brightest, atS);
    filter.frequency.exponentialRampToValueAtTime(Math.max(60, frequency * 1.5), atS + 0.5);
    const level = this.context.createGain();
    level.gain.setValueAtTime(0, atS);
    level.gain.linearRampToValueAtTime(loudness, atS + ATTACK_S);
    level.gain.setTargetAtTime(loudness * 0.6, atS + ATTACK_S, 0.4);
    const oscillators = [-6, 6].map((cents) => {
      const oscillator = this.context.createOscillator();
      oscillator.type = 'sawtooth';
      oscillator.frequency.value = frequency;
      oscillator.detune.value = cents + bend;
      oscillator.connect(filter);
      oscillator.start(atS);
      return oscillator;
    });
    filter.connect(level).connect(this.output);
    this.voices.push({ channel, note, oscillators, level, startS: atS });
  }

  private noteOff(channel: number, note: number, atS: number): void {
    const { pedal, held } = this.channel(channel);
    for (const voice of this.voices) {
      if (voice.channel !== channel || voice.note !== note) continue;
      if (pedal) held.add(voice);
      else this.release(voice, atS);
    }
  }

  private release(voice: Voice, atS: number): void {
    this.voices = this.voices.filter((other) => other !== voice);
    const { gain } = voice.level;
    const fromS = Math.max(atS, voice.startS + ATTACK_S);
    gain.cancelScheduledValues(fromS);
    gain.setTargetAtTime(0, fromS, RELEASE_S / 4);
    for (const oscillator of voice.oscillators) oscillator.stop(fromS + RELEASE_S * 2);
  }

  private control(channel: number, controller: number, value: number, atS: number): void {
    const state = this.channel(channel);
    if (controller === 7) state.volume = value / 127;
    else if (controller === 74) state.cutoff = value / 127;
    else if (controller === 64) {
      state.pedal = value >= 64;
      if (state.pedal) return;
      for (const voice of state.held) this.release(voice, atS);
      state.held.clear();
    } else if (controller === 120 || controller === 123) {
      for (const voice of this.voices.filter((each) => each.channel === channel)) this.release(voice, atS);
    }
  }

  private bend(channel: number, value: number, atS: number): void {
    const state = this.channel(channel);
    state.bend = (value / 8192) * BEND_SEMITONES * 100;
    for (const voice of this.voices) {
      if (voice.channel !== channel) continue;
      voice.oscillators.forEach((oscillator, index) =>
        oscillator.detune.setValueAtTime((index === 0 ? -6 : 6) + state.bend, atS)
      );
    }
  }

  private channel(number: number): Channel {
    let state = this.channels.get(number);
    if (state === undefined) {
      state = { volume: 0.8, bend: 0, cutoff: 0.5, pedal: false, held: new Set() };
      this.channels.set(number, state);
    }
    return state;
  }
}
