import fc from 'fast-check';
import { patternFromEvents } from '../../../../nodes/music/pattern';

/** A sixteenth. */
export const STEP = 240;
export const grid = { cycleTicks: 3840, stepTicks: STEP };
/** A moment at which all rules are due. */
export const NOW = { cycle: 1, turn: 0, message: true } as const;

const aNote = fc.record({
  position: fc.oneof(
    fc.nat(15).map((step) => step * STEP),
    fc.nat(3839)
  ),
  event: fc.record({
    type: fc.constant('note' as const),
    note: fc.integer({ min: 0, max: 127 }),
    velocity: fc.integer({ min: 1, max: 127 }),
    durationTicks: fc.integer({ min: 1, max: 2000 })
  }),
  play: fc.constantFrom(undefined, { probability: 0.5 }, { ratchet: 2 }, { condition: '1:2' })
});
const aController = fc.record({
  position: fc.nat(3839),
  event: fc.record({ type: fc.constant('cc' as const), controller: fc.nat(119), value: fc.nat(127) })
});

/** One 4/4 bar of notes and some controllers. */
export const aPattern = fc
  .array(fc.oneof({ weight: 5, arbitrary: aNote }, { weight: 1, arbitrary: aController }), { maxLength: 24 })
  .map((events) => patternFromEvents(events));
