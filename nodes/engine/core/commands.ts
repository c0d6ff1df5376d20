import type { MusicEvent } from '../../music/event';
import type { PortInfo } from '../ports/driver';
import type { LoopRange } from './cursor';
import type { FollowConfig } from './follow/following';
import type { ThruConfig } from './thru';
import type { Resume, TransportConfig } from './transport-config';

/** Where an output leads: a port of a driver, or a new port of ours. */
export interface PortAddress {
  driver: 'hardware' | 'loopback';
  name: string;
  /** Create a port of this name for others to connect to, instead of connecting to one. */
  virtual: boolean;
}

/** How an output uses its port. */
export interface OutputConfig {
  /** Added to the time of everything that is sent; negative is earlier. */
  offsetMs: number;
  /** Speed of the wire behind the port; 0 is no limit. */
  usPerByte: number;
  /** Part of the wire that controllers may take, 0–1. */
  controlShare: number;
  /** Whether it is told by Active Sensing that the cable is whole; by default not. */
  activeSensing?: boolean;
  /** Whether program and controllers are sent again when the port returns; by default not. */
  restores?: boolean;
}

/** Rare requests of the main thread to the worker. Events and leases do not go this way. */
export type Command =
  | {
      op: 'createTransport';
      transport: number;
      id: string;
      config: TransportConfig;
      bpm: number;
      beatsPerBar: number;
      beatUnit: number;
      loop: LoopRange | undefined;
    }
  | { op: 'removeTransport'; transport: number }
  | { op: 'configureTransport'; transport: number; config: TransportConfig }
  | { op: 'start'; transport: number; delayMs?: number; countInTicks?: number }
  | { op: 'continue'; transport: number; countInTicks?: number }
  | { op: 'stop'; transport: number }
  | { op: 'locate'; transport: number; position: number }
  | { op: 'bpm'; transport: number; bpm: number }
  | { op: 'ramp'; transport: number; bpm: number; ticks: number }
  | { op: 'meter'; transport: number; beatsPerBar: number; beatUnit: number }
  | { op: 'loop'; transport: number; loop: LoopRange | undefined }
  /** Go on where another core ended. */
  | ({ op: 'resume'; transport: number } & Resume)
  /**
   * `patch` is the memory of what the port is set to, where the output restores it; `sounding` would end what a core
   * before this one left on.
   */
  | {
      op: 'openOutput';
      output: number;
      address: PortAddress;
      label: string;
      config: OutputConfig;
      patch?: SharedArrayBuffer;
      sounding?: readonly MusicEvent[];
    }
  | { op: 'configureOutput'; output: number; config: OutputConfig; patch?: SharedArrayBuffer }
  | { op: 'closeOutput'; output: number }
  | { op: 'endClock'; output: number }
  | { op: 'openInput'; input: number; address: PortAddress; label: string }
  | { op: 'closeInput'; input: number }
  | { op: 'thru'; source: number; route: ThruConfig }
  | { op: 'endThru'; source: number }
  /** The transport follows the MIDI clock that arrives at an input, or none. */
  | { op: 'follow'; transport: number; input: number; config: FollowConfig }
  | { op: 'unfollow'; transport: number }
  | { op: 'sysex'; id: number; bytes: Uint8Array }
  | {
      op: 'cancel';
      source: number | undefined;
      transport: number | undefined;
      fromTick: number;
      epoch: number | undefined;
    }
  | { op: 'release'; source: number }
  | { op: 'panic'; output: number | undefined }
  | { op: 'listPorts' }
  /** Whether what is sent is shown to the main thread. */
  | { op: 'monitor'; on: boolean };

/** Rare news from the worker. */
export type News =
  | {
      op: 'ready';
      driver: string;
      waiter: string;
      granted: string;
      priority: number;
      tid: number;
      advice: string;
      refused: string[];
    }
  | { op: 'ports'; ports: PortInfo[] }
  | { op: 'opened'; subject: 'output' | 'input'; index: number; port: number }
  | { op: 'refused'; subject: 'output' | 'input'; index: number; message: string }
  /** The port behind these is gone, and closed; so many events waited for it. */
  | { op: 'gone'; subject: 'output'; indices: number[]; dropped: number }
  | { op: 'gone'; subject: 'input'; indices: number[] }
  /** The route of a node plays to itself. */
  | { op: 'looped'; source: number }
  /** A command that failed inside the worker: a fault of ours, told and survived. */
  | { op: 'fault'; during: string; message: string; stack: string | undefined };
