export * from './edit';
export * from './from-pattern';
export * from './grid';
export * from './history';
export * from './read';
export * from './rows';
export * from './session';
export * from './to-pattern';
