import type { RawParameter } from '../model';

/** Short ways to write the tables of the built-in profiles. */

/** A controller, 0–127. */
export function cc(controller: number, role?: string, more: RawParameter = {}): RawParameter {
  return { cc: controller, ...(role !== undefined && { role }), ...more };
}

/** A pair of controllers, 0–16383. */
export function pair(high: number, low: number, role?: string, more: RawParameter = {}): RawParameter {
  return { cc14: [high, low], ...(role !== undefined && { role }), ...more };
}

/** Steps: what is sent for each label, and from where on the device takes a value for it. */
export function steps(
  list: readonly (readonly [label: string, value: number, from: number])[]
): RawParameter {
  return { steps: list.map(([label, value, from]) => ({ label, value, from })) };
}

/** All in one group. */
export function group(name: string, parameters: Record<string, RawParameter>): Record<string, RawParameter> {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, parameter]) => [key, { ...parameter, group: name }])
  );
}
