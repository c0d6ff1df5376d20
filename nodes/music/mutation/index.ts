export * from './rules';
export { readMutationRules, MAX_RULES_TEXT } from './read';
export { STYLES, STYLE_NAMES, type RulesJson, type StyleName } from './styles';
export { cyclesOf, materialise } from './materialise';
export { mutate, dueRules, type Material, type Moment, type Mutation } from './mutate';
export * from './lineage';
export { distance } from './distance';
export { NoteMemory } from './markov';
export { MAX_MUTATED_EVENTS } from './item';
