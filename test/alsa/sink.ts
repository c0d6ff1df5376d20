import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Reads in a thread of its own, which no test keeps waiting. */
const READER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { loadNative } = require(workerData.native);
  const { AlsaDriver } = require(workerData.alsa);
  const driver = new AlsaDriver(loadNative().addon, 'Sink');
  driver.openVirtual('sink', 'in');
  const dumped = [];
  const heard = [];
  const receive = (_handle, timeMs, bytes, length) => {
    const isPiece = bytes[0] < 0x80 || bytes[0] === 0xf0 || bytes[0] === 0xf7;
    if (isPiece) for (let index = 0; index < length; index++) dumped.push(bytes[index]);
    else heard.push({ timeMs, bytes: [...bytes.subarray(0, length)] });
  };
  const reading = setInterval(() => driver.poll({ receive, portsChanged: () => undefined }), 2);
  const telling = setInterval(() => parentPort.postMessage({ size: dumped.length }), 100);
  parentPort.once('message', () => {
    clearInterval(reading);
    clearInterval(telling);
    driver.dispose();
    parentPort.postMessage({ size: dumped.length, dumped, heard });
  });
`;

/** What a {@link Sink} heard: bytes of sysex in a row, and all other messages with the time of their arrival. */
export interface Heard {
  dumped: number[];
  heard: { bytes: number[]; timeMs: number }[];
}

/** A reader with more room than aseqdump has, at `Sink:sink`. */
export class Sink {
  /** Bytes of sysex so far. */
  size = 0;
  private readonly worker = new Worker(READER, {
    eval: true,
    workerData: {
      native: join(__dirname, '../../nodes/engine/thread/native.js'),
      alsa: join(__dirname, '../../nodes/engine/ports/alsa.js')
    }
  });

  async ready(): Promise<this> {
    this.worker.on('message', ({ size }: { size: number }) => (this.size = size));
    await once(this.worker, 'message');
    return this;
  }

  /** Stops reading, and tells what was heard. */
  async end(): Promise<Heard> {
    const answer = new Promise<Heard>((resolve) =>
      this.worker.on('message', (told: Partial<Heard>) => {
        if (told.heard !== undefined) resolve(told as Heard);
      })
    );
    this.worker.postMessage('end');
    const heard = await answer;
    await this.worker.terminate();
    return heard;
  }
}
