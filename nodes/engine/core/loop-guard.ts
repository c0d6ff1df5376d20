/** The same message so often within so many ms is no player: it goes round in a circle. */
const ECHOES = 40;
const WINDOW_MS = 500;

/** How long nothing passes once a circle was noticed; it has died by then. */
const QUIET_MS = 500;

const PLACES = 256;
const FIRST_REALTIME = 0xf8;

/**
 * Notices feedback: what was sent comes back and is sent again, as fast as the way round is long. Forty times the same
 * message in half a second is more than anybody plays; MIDI clock, which is that fast by nature, is not looked at.
 * Allocates nothing, so that the realtime thread can use it.
 */
export class LoopGuard {
  /** How often a circle was noticed. */
  loops = 0;
  private readonly words = new Int32Array(PLACES);
  private readonly counts = new Int32Array(PLACES);
  private readonly sinceMs = new Float64Array(PLACES);
  private quietUntilMs = -Infinity;

  /** Whether a message may pass. @param word its bytes, the first lowest */
  passes(word: number, nowMs: number): boolean {
    if ((word & 0xff) >= FIRST_REALTIME) return true;
    const isQuiet = nowMs < this.quietUntilMs;
    if (isQuiet && !isNoteOff(word)) return false;
    const place = this.placeOf(word);
    if (this.words[place] !== word || nowMs - this.sinceMs[place] > WINDOW_MS) {
      this.words[place] = word;
      this.counts[place] = 0;
      this.sinceMs[place] = nowMs;
    }
    // The end of a note passes, or the note would hang; but not round and round.
    if (isQuiet) return ++this.counts[place] <= 2;
    if (++this.counts[place] <= ECHOES) return true;
    this.counts.fill(0);
    this.loops++;
    this.quietUntilMs = nowMs + QUIET_MS;
    return false;
  }

  /** Where a message is counted: of four neighbouring places the one that is its own, or the least used. */
  private placeOf(word: number): number {
    const first = (Math.imul(word, 0x9e3779b1) >>> 24) & (PLACES - 4);
    let place = first;
    for (let at = first; at < first + 4; at++) {
      if (this.words[at] === word) return at;
      if (this.counts[at] < this.counts[place]) place = at;
    }
    return place;
  }
}

function isNoteOff(word: number): boolean {
  const kind = word & 0xf0;
  return kind === 0x80 || (kind === 0x90 && word >>> 16 === 0);
}
