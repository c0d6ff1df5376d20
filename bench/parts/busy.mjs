// A process that does what the main thread of ours does under a load, for programs that have no main thread to load.
import { begin } from './loads.mjs';

const end = begin(process.argv[2]);
process.once('SIGTERM', () => {
  end();
  process.exit(0);
});
