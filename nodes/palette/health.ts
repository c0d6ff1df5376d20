import type { Node } from 'node-red';
import type { DatedComplaint, Engine, Health } from '../engine';

/** A message that tells how the engine does. */
export function healthMessage(health: Health): {
  topic: 'health';
  payload: PlainHealth & { type: 'health' };
} {
  return { topic: 'health', payload: { type: 'health', ...plainHealth(health) } };
}

/** Health without the words for other languages. */
export type PlainHealth = Omit<Health, 'complaints'> & { complaints: Omit<DatedComplaint, 'words'>[] };

/** Health as flows and monitors are told it: in English alone. */
export function plainHealth({ complaints, ...health }: Health): PlainHealth {
  return {
    ...health,
    complaints: complaints.map(({ words: _, ...complaint }) => complaint)
  };
}

/** Calls back on each change of health, until the node closes. */
export function onHealth(engine: Engine, node: Node, changed: (health: Health) => void): void {
  engine.on('health', changed);
  node.on('close', (_removed: boolean, done: () => void) => {
    engine.off('health', changed);
    done();
  });
}

/** Whether a status should show that something is not as it should be: with the engine as a whole, or with a subject. */
export function isWorrying({ complaints }: Health, subject: string): boolean {
  return complaints.some(({ subject: about }) => about === undefined || about === subject);
}
