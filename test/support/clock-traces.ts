/** Pulses of a MIDI clock as they arrive: when each was sent, and when it arrived. */
export interface Trace {
  sentMs: number[];
  arrivedMs: number[];
}

/** Random numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The ways from a master to us that are met in practice, each as a function of the time of sending. */
export const JITTERS = {
  /** A DIN cable and its UARTs. */
  din: (seed: number) => {
    const random = randomFrom(seed);
    return (ms: number) => ms + 0.15 * gauss(random);
  },
  /** USB at full speed: frames of 1 ms. */
  usb: () => (ms: number) => Math.ceil(ms),
  /** A program that sends once for each block of 256 samples. */
  block: () => (ms: number) => Math.ceil(ms / 5.805) * 5.805,
  /** A sender without realtime priority: one pulse of a hundred is late by up to 8 ms. */
  outliers: (seed: number) => {
    const random = randomFrom(seed);
    return (ms: number) => ms + 0.15 * Math.abs(gauss(random)) + (random() < 0.01 ? 8 * random() : 0);
  }
};

/** Pulses at the tempo that `bpmAt` gives for each, through a way. */
export function trace(pulses: number, bpmAt: (pulse: number) => number, way: (ms: number) => number): Trace {
  const sentMs: number[] = [];
  const arrivedMs: number[] = [];
  let ms = 1000.37;
  for (let pulse = 0; pulse < pulses; pulse++) {
    sentMs.push(ms);
    arrivedMs.push(Math.max(arrivedMs.at(-1) ?? 0, way(ms)));
    ms += 2500 / bpmAt(pulse);
  }
  return { sentMs, arrivedMs };
}

export function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
