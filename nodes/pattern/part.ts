import type { NodeAPI } from 'node-red';
import type { Span } from '../engine';
import type { SignatureMark, TempoMark } from '../music/midi-file';
import type { Pattern } from '../music/pattern';
import type { Controls } from '../palette/control';
import type { ControlMessage } from './controls';
import type { PatternFields, When } from './pattern-config';

/** What the node offers to its parts: where its pattern comes from, and what becomes of it. */
export interface PatternHost {
  /** Id of the node. */
  readonly id: string;
  readonly RED: NodeAPI;
  /** A part has another pattern to give: it is asked for again, and what was queued from `when` on is replaced. */
  changed(when?: When): void;
  /** Sets fields, as a message to the node would; all of them or, where one is wrong, none: then it throws. */
  set(fields: PatternFields, when?: When): void;
  /** The first run tick from one on at which a cycle of the pattern begins; undefined for an unknown clock. */
  nextCycle(clock: string, epoch: number, tick: number): number | undefined;
  /** Sends on the second output. */
  tell(msg: { topic: string; payload: unknown; filename?: string }): void;
  /** Tells the Catch nodes. */
  fail(error: Error): void;
}

/** A part of the node with controls of its own. */
export interface PatternPart {
  /** Further verbs and keys. What a key's reader returns is done only when the whole message is right. */
  readonly controls?: Controls;
  /**
   * Sees a message before the node does; true if it was for this part.
   * Throws InvalidParameter or OutOfBounds where it is wrong.
   */
  receive?(msg: ControlMessage): boolean;
  /** A span was answered; not called for replays. */
  answered?(span: Span): void;
  close?(removed: boolean): void;
}

/** What a MIDI file says beside its events. */
export interface Marks {
  readonly tempos: readonly TempoMark[];
  readonly signatures: readonly SignatureMark[];
}

/** Gives the pattern that the fields ask for. */
export interface SourcePart extends PatternPart {
  /**
   * Throws where the fields cannot be read. What takes time to load is silence until `host.changed()`.
   * Called for every change of the fields, so it should remember what it read last.
   */
  read(fields: PatternFields): Pattern;
  /** Tempo and signature that stand beside the pattern in its file. */
  marks?(fields: PatternFields): Marks | undefined;
  /** Why something else than what the fields ask for is played, if so. */
  problem?(fields: PatternFields): Error | undefined;
}

/** Gives another pattern in the place of the source's. */
export interface MutationPart extends PatternPart {
  /** Throws where the fields cannot be read, and then nothing has changed. */
  apply(source: Pattern, fields: PatternFields): Pattern;
}
