// A process that is busy 80 ms of every 100, as bench/parts/engine.mjs blocks its main thread.
import { blockMain } from './block.mjs';

blockMain(80, 100);
