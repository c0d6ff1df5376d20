import fc from 'fast-check';
import { readGrid, type Grid, type RowJson, type StepJson } from '../../../../nodes/music/grid';

/** Anything that a grid can have, as its JSON. */
const step = (value: fc.Arbitrary<number | string>, isNote: boolean): fc.Arbitrary<StepJson> =>
  fc.record(
    {
      value,
      ...(isNote
        ? {
            length: fc.integer({ min: 1, max: 64_000 }).map((n) => n / 1000),
            ratchet: fc.integer({ min: 1, max: 16 })
          }
        : {}),
      nudge: fc.integer({ min: -240, max: 240 }).map((n) => n / 1000),
      probability: fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
      condition: fc.constantFrom('1:2', '3:4', 'fill', '!prev', 'first', '$dark'),
      locks: fc.dictionary(fc.constantFrom('cutoff', 'decay'), fc.constantFrom(0, 0.5, 'saw'), { maxKeys: 2 })
    },
    { requiredKeys: ['value'] }
  ) as fc.Arbitrary<StepJson>;

function row(length: number): fc.Arbitrary<RowJson> {
  const steps = (value: fc.Arbitrary<number | string>, isNote: boolean) =>
    fc.dictionary(fc.integer({ min: 1, max: length }).map(String), step(value, isNote), { maxKeys: length });
  const common = { name: fc.constantFrom('kick', 'snare', ''), channel: fc.integer({ min: 1, max: 16 }) };
  const byte = fc.integer({ min: 0, max: 127 });
  return fc.oneof(
    fc.record(
      { note: byte, ...common, steps: steps(fc.integer({ min: 1, max: 127 }), true) },
      { requiredKeys: ['note', 'steps'] }
    ),
    fc.record(
      { controller: byte, ...common, steps: steps(byte, false) },
      { requiredKeys: ['controller', 'steps'] }
    ),
    fc.record(
      {
        parameter: fc.constantFrom('cutoff', 'wave'),
        ...common,
        steps: steps(fc.constantFrom<number | string>(0, 0.25, 1, 'saw'), false)
      },
      { requiredKeys: ['parameter', 'steps'] }
    )
  ) as fc.Arbitrary<RowJson>;
}

const key = ({ note, controller, parameter, channel }: RowJson) =>
  JSON.stringify([note, controller, parameter, channel]);

/** Grids whose rows are all different. */
export const grids: fc.Arbitrary<Grid> = fc.integer({ min: 1, max: 24 }).chain((length) =>
  fc
    .record({
      length: fc.constant(length),
      stepTicks: fc.constantFrom(240, 120, 160, 333.25),
      rows: fc.uniqueArray(row(length), { minLength: 1, maxLength: 4, selector: key })
    })
    .map((raw) => readGrid({ phasor: 'grid', version: 1, ...raw }))
);
