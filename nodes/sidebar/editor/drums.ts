/** How a drum is made: a falling tone, noise through a filter, or both. */
interface Drum {
  /** From and to, in Hz, and how fast, in s. */
  tone?: [from: number, to: number, fallS: number];
  noise?: { type: BiquadFilterType; hz: number };
  /** How long it sounds, in s. */
  lengthS: number;
  level: number;
}

/** By General MIDI note numbers; what is not named here sounds like a tom. */
const KIT: Readonly<Record<number, Drum>> = {
  35: { tone: [110, 40, 0.08], lengthS: 0.4, level: 1 },
  36: { tone: [150, 45, 0.06], lengthS: 0.35, level: 1 },
  37: { noise: { type: 'bandpass', hz: 2500 }, lengthS: 0.04, level: 0.6 },
  38: { tone: [240, 180, 0.04], noise: { type: 'highpass', hz: 1500 }, lengthS: 0.18, level: 0.7 },
  39: { noise: { type: 'bandpass', hz: 1200 }, lengthS: 0.16, level: 0.8 },
  40: { tone: [280, 200, 0.04], noise: { type: 'highpass', hz: 2000 }, lengthS: 0.15, level: 0.7 },
  42: { noise: { type: 'highpass', hz: 8000 }, lengthS: 0.05, level: 0.4 },
  44: { noise: { type: 'highpass', hz: 7000 }, lengthS: 0.07, level: 0.35 },
  46: { noise: { type: 'highpass', hz: 7500 }, lengthS: 0.35, level: 0.4 },
  49: { noise: { type: 'highpass', hz: 5000 }, lengthS: 1.2, level: 0.5 },
  51: { noise: { type: 'bandpass', hz: 9000 }, lengthS: 0.6, level: 0.4 },
  56: { tone: [560, 540, 0.1], lengthS: 0.12, level: 0.5 }
};

let whiteNoise: AudioBuffer | undefined;

/** @param velocity 0–1 */
export function drum(
  context: AudioContext,
  output: AudioNode,
  note: number,
  velocity: number,
  atS: number
): void {
  const { tone, noise, lengthS, level } = KIT[note] ?? tom(note);
  const gain = context.createGain();
  gain.gain.setValueAtTime(level * velocity * 1.5, atS);
  gain.gain.exponentialRampToValueAtTime(0.001, atS + lengthS);
  gain.connect(output);
  if (tone !== undefined) {
    const [from, to, fallS] = tone;
    const oscillator = context.createOscillator();
    oscillator.frequency.setValueAtTime(from, atS);
    oscillator.frequency.exponentialRampToValueAtTime(to, atS + fallS);
    oscillator.connect(gain);
    oscillator.start(atS);
    oscillator.stop(atS + lengthS);
  }
  if (noise !== undefined) {
    const source = context.createBufferSource();
    source.buffer = whiteNoise ??= makeNoise(context);
    source.loop = true;
    const filter = context.createBiquadFilter();
    filter.type = noise.type;
    filter.frequency.value = noise.hz;
    source.connect(filter).connect(gain);
    source.start(atS);
    source.stop(atS + lengthS);
  }
}

function tom(note: number): Drum {
  const hz = 80 + (note % 16) * 14;
  return { tone: [hz * 1.4, hz, 0.08], lengthS: 0.3, level: 0.8 };
}

function makeNoise(context: AudioContext): AudioBuffer {
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let index = 0; index < samples.length; index++) samples[index] = Math.random() * 2 - 1;
  return buffer;
}
