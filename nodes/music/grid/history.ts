/** What was, what is, and what was undone. Immutable. */

/** How many changes can be undone. */
export const MAX_UNDO = 200;

export interface History<T> {
  readonly present: T;
  readonly past: readonly T[];
  readonly future: readonly T[];
}

export function historyOf<T>(present: T): History<T> {
  return Object.freeze({ present, past: [], future: [] });
}

/** A change; what was undone before it cannot come back. The same history where nothing has changed. */
export function changed<T>(history: History<T>, present: T): History<T> {
  if (present === history.present) return history;
  return Object.freeze({
    present,
    past: [...history.past, history.present].slice(-MAX_UNDO),
    future: []
  });
}

export function undone<T>(history: History<T>): History<T> {
  const { past, present, future } = history;
  if (past.length === 0) return history;
  return Object.freeze({
    present: past[past.length - 1],
    past: past.slice(0, -1),
    future: [present, ...future]
  });
}

export function redone<T>(history: History<T>): History<T> {
  const { past, present, future } = history;
  if (future.length === 0) return history;
  return Object.freeze({ present: future[0], past: [...past, present], future: future.slice(1) });
}
