/** What the palette's nodes use of the engine. */
export * from './errors';
export {
  acquireEngine,
  disposeEngine,
  installEngine,
  runningEngine,
  type EngineLease
} from './shared-engine';
export { Engine } from './engine';
export type { DeviceConfig } from './output-desk';
export type { EngineReport, OutputReport, TransportReport } from './reports';
export type { Horizon, HorizonWatch } from './horizon';
export type { Complaint, DatedComplaint, Health, HealthState } from './health';
export { InputHandle, type InputConfig, type InputListener, type InputStatus } from './input-handle';
export { OutputHandle, type OutputListener, type OutputStatus } from './output-handle';
export { PORT_MODES, type PortSpec } from './port-spec';
export {
  DEFAULT_SETTINGS,
  LOOKAHEAD_MS,
  readSettings,
  RECOVERIES,
  type EngineSettings,
  type RecoveryPolicy
} from './settings';
export { readAt, type At } from './stamp';
export type { RunPlace, Sounded } from './recent-spans';
export type { Beat, Span } from './span';
export {
  MAX_POSITION_TICKS,
  TransportHandle,
  type ClockConfig,
  type TransportListener
} from './transport-handle';
export { LoopGuard } from './core/loop-guard';
export { LoopTest, LoopTestFailed, type LoopEnds, type LoopFailure, type LoopFigures } from './loop-test';
export { DIN_US_PER_BYTE } from './core/wire';
export { isShortCircuit, type ThruListener, type ThruSettings } from './thru-handle';
export { FOLLOW_DEFAULTS, type FollowConfig } from './core/follow/following';
export type { FollowReport } from './shared/follow-state';
