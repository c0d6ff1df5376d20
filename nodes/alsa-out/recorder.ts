import type { Engine } from '../engine';
import { InvalidParameter, numberWithin } from '../music/errors';
import { Recording } from '../music/midi-file';
import { MAX_BPM, MIN_BPM } from '../music/tempo';
import { toBoolean, type Controls } from '../palette/control';
import { checkFileName } from '../palette/file-kinds';
import type { Store } from '../palette/store';

/** What outlives a deploy. */
interface Kept {
  recording?: Recording;
  isRunning: boolean;
}

/** Whom a recorder tells. */
export interface RecorderListener {
  /** It began or ended. */
  recordingChanged(): void;
  /** It ended by itself, since no more is kept. */
  recordingFull(messages: number): void;
  recordingSaved(name: string): void;
  /** The file could not be written; the recording is still there. */
  recordingFailed(error: Error): void;
}

const DEFAULT_BPM = 120;

/** Records what was really handed to a port, late or dropped as it may be, and keeps it as a MIDI file. */
export class Recorder {
  private readonly kept: Kept;
  private readonly stateId: string;
  private stopWatching: () => void = () => undefined;

  /** @param output id of the output whose messages are recorded */
  constructor(
    id: string,
    private readonly engine: Engine,
    private readonly output: string,
    private readonly store: Store,
    private readonly listener: RecorderListener
  ) {
    this.stateId = `${id} recording`;
    this.kept = engine.openState<Kept>(this.stateId, () => ({ isRunning: false })).state;
    if (this.kept.isRunning) this.watch();
  }

  get isRunning(): boolean {
    return this.kept.isRunning;
  }

  /** `record` and `record: true | false | { bpm }`; `save: 'name.mid'` ends the recording and writes it. */
  readonly controls: Required<Controls> = {
    verbs: { record: () => this.start(DEFAULT_BPM) },
    keys: {
      record: (value) => {
        if (typeof value === 'object' && value !== null) {
          const bpm = numberWithin('bpm', (value as { bpm?: unknown }).bpm, MIN_BPM, MAX_BPM);
          return () => this.start(bpm);
        }
        const on = toBoolean('record', value);
        return () => (on ? this.start(DEFAULT_BPM) : this.stop());
      },
      save: (value) => {
        const name = checkFileName('patterns', value);
        if (!/\.midi?$/i.test(name))
          throw new InvalidParameter('save', value, 'a name that ends in .mid is needed');
        const { recording } = this.kept;
        if (recording === undefined || recording.messages === 0)
          throw new InvalidParameter('save', value, 'nothing was recorded');
        return () => {
          this.stop();
          this.store
            .write(name, recording.toMidiFile(name.replace(/\.[^.]+$/, '')))
            .then((written) => this.listener.recordingSaved(written))
            .catch((error: Error) => this.listener.recordingFailed(error));
        };
      }
    }
  };

  /** @param removed whether the node is gone for good, and its recording with it */
  close(removed: boolean): void {
    this.stopWatching();
    this.engine.closeState(this.stateId, removed);
  }

  private start(bpm: number): void {
    this.kept.recording = new Recording(bpm);
    this.kept.isRunning = true;
    this.watch();
    this.listener.recordingChanged();
  }

  private stop(): void {
    this.stopWatching();
    if (!this.kept.isRunning) return;
    this.kept.isRunning = false;
    this.listener.recordingChanged();
  }

  private watch(): void {
    this.stopWatching();
    const { recording } = this.kept;
    this.stopWatching = this.engine.watchSent((output, bytes, timeMs) => {
      if (!this.engine.sharePort(output, this.output)) return;
      recording!.add(bytes, timeMs);
      if (!recording!.isFull) return;
      this.stop();
      this.listener.recordingFull(recording!.messages);
    });
  }
}
