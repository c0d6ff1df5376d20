import { Rational } from './rational';

/** Milliseconds of a tick at 1 BPM. */
const MS = Rational.of(62.5);

interface Section {
  ms: Rational;
  tick: Rational;
  bpm: Rational;
  /** BPM per tick; undefined for a constant tempo. */
  slope?: Rational;
}

/** The tempo of a song from its beginning on, reckoned without rounding: section after section. */
export class ExactTempo {
  private readonly sections: Section[] = [];

  constructor(bpm: number, ms: number) {
    this.sections.push({ ms: Rational.of(ms), tick: Rational.of(0), bpm: Rational.of(bpm) });
  }

  setBpm(bpm: number, ms: number): void {
    this.cut(ms);
    this.add({ ms: Rational.of(ms), tick: this.tickAt(ms), bpm: Rational.of(bpm) });
  }

  /** Runs to `bpm` over `ticks`, evenly per tick, and holds it. */
  ramp(bpm: number, ticks: Rational, ms: number): void {
    if (ticks.compare(Rational.of(0)) <= 0) return this.setBpm(bpm, ms);
    const tick = this.tickAt(ms);
    const from = this.bpmAt(ms);
    const to = Rational.of(bpm);
    this.cut(ms);
    if (from.compare(to) === 0) return this.add({ ms: Rational.of(ms), tick, bpm: to });
    const slope = to.minus(from).over(ticks).reduced();
    const ramp = { ms: Rational.of(ms), tick, bpm: from, slope };
    this.add(ramp);
    this.add({ ms: msIn(ramp, tick.plus(ticks)), tick: tick.plus(ticks), bpm: to });
  }

  /** How many ticks a ramp from the present tempo takes that lasts `ms`. */
  rampTicks(bpm: number, ms: number, nowMs: number): Rational {
    const from = this.bpmAt(nowMs);
    const to = Rational.of(bpm);
    const constant = Rational.of(ms).over(MS);
    if (from.compare(to) === 0) return constant.times(to);
    return constant.times(to.minus(from)).over(to.over(from).ln()).reduced();
  }

  msAt(tick: Rational): Rational {
    return msIn(
      this.sectionWhere((section) => section.tick.compare(tick) <= 0),
      tick
    );
  }

  tickAt(ms: number): Rational {
    const at = Rational.of(ms);
    const { ms: anchor, tick, bpm, slope } = this.sectionAt(at);
    const elapsed = at.minus(anchor).over(MS);
    if (slope === undefined) return tick.plus(elapsed.times(bpm)).reduced();
    return tick.plus(bpm.over(slope).times(slope.times(elapsed).exp().minus(Rational.of(1)))).reduced();
  }

  bpmAt(ms: number): Rational {
    const at = Rational.of(ms);
    const { ms: anchor, bpm, slope } = this.sectionAt(at);
    return slope === undefined ? bpm : bpm.times(slope.times(at.minus(anchor).over(MS)).exp()).reduced();
  }

  private sectionAt(ms: Rational): Section {
    return this.sectionWhere((section) => section.ms.compare(ms) <= 0);
  }

  private sectionWhere(began: (section: Section) => boolean): Section {
    for (let index = this.sections.length - 1; index > 0; index--) {
      if (began(this.sections[index])) return this.sections[index];
    }
    return this.sections[0];
  }

  /** What would have begun later does not. */
  private cut(ms: number): void {
    while (this.sections.length > 1 && this.sections.at(-1)!.ms.compare(Rational.of(ms)) > 0)
      this.sections.pop();
  }

  private add({ ms, tick, bpm, slope }: Section): void {
    this.sections.push({ ms: ms.reduced(), tick: tick.reduced(), bpm: bpm.reduced(), slope });
  }
}

function msIn({ ms, tick, bpm, slope }: Section, at: Rational): Rational {
  const ticks = at.minus(tick);
  if (slope === undefined) return ms.plus(ticks.times(MS).over(bpm));
  const growth = Rational.of(1).plus(slope.times(ticks).over(bpm));
  return ms.plus(MS.over(slope).times(growth.ln()));
}
