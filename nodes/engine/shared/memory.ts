import { LEDGER_BYTES } from '../core/ledger';
import { FOLLOW_STATE_BYTES } from './follow-state';
import { RecordRing } from './ring';
import { STATS_BYTES } from './stats';
import { TRANSPORT_STATE_BYTES } from './transport-state';

/** Version of the layout of everything shared between the threads; both sides compare it at start. */
export const LAYOUT_VERSION = 4;

export const MAX_TRANSPORTS = 64;
export const MAX_PORTS = 64;
export const MAX_OUTPUTS = 256;

const INBOX_RECORDS = 4096;
const OUTBOX_RECORDS = 8192;

/** Places in the control words. */
export const Control = {
  /** Doorbell of the worker; see waiter.ts. */
  bell: 0,
  /** Counts the turns of the main thread's event loop, some ten a second: leases age by it. */
  mainBeat: 2,
  /** Counts the turns of the worker's loop. */
  workerBeat: 3,
  /** 1 while a doorbell message to the main thread is under way. */
  knocked: 4,
  /** 1: release everything and end. 2: done. */
  stop: 5,
  /** Spans and beats that found the ring to the main thread full. */
  lost: 6,
  /** How often input was lost, because it was not read in time. */
  lostInputs: 7,
  words: 16
} as const;

/** All memory that the engine's two threads share. The main thread holds it until the worker has exited. */
export interface SharedMemory {
  layout: number;
  control: SharedArrayBuffer;
  inbox: SharedArrayBuffer;
  outbox: SharedArrayBuffer;
  transports: SharedArrayBuffer;
  stats: SharedArrayBuffer;
  ledgers: SharedArrayBuffer;
  follows: SharedArrayBuffer;
}

export function allocateMemory(): SharedMemory {
  return {
    layout: LAYOUT_VERSION,
    control: new SharedArrayBuffer(Control.words * 4),
    inbox: RecordRing.memory(INBOX_RECORDS),
    outbox: RecordRing.memory(OUTBOX_RECORDS),
    transports: new SharedArrayBuffer(MAX_TRANSPORTS * TRANSPORT_STATE_BYTES),
    stats: new SharedArrayBuffer(MAX_PORTS * STATS_BYTES),
    ledgers: new SharedArrayBuffer(MAX_PORTS * LEDGER_BYTES),
    follows: new SharedArrayBuffer(MAX_TRANSPORTS * FOLLOW_STATE_BYTES)
  };
}
