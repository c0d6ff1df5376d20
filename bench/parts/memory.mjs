// What so many nodes of a kind add to a Node-RED that has one of them already.
import { sleep } from '../tools.mjs';
import { deploy, RED, startNodeRed } from './node-red.mjs';

const { type, config, count } = JSON.parse(process.argv[2]);

async function used() {
  for (let time = 0; time < 3; time++) {
    globalThis.gc();
    await sleep(100);
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

const device = {
  id: 'device',
  type: 'phasor-device',
  name: 'bench',
  portMode: 'loopback',
  port: 'bench',
  wire: 'none'
};
const nodes = (number) =>
  Array.from({ length: number }, (_, index) => ({
    id: `node${index}`,
    type,
    wires: [],
    ...config,
    ...(type === 'phasor-device' && { port: `bench${index}`, name: `bench${index}` })
  }));
await startNodeRed();
await deploy([device, ...nodes(1)]);
await sleep(500);
const before = await used();
await deploy([device, ...nodes(count + 1)], 'nodes');
await sleep(500);
const after = await used();
console.log(
  JSON.stringify({
    nodeRed: RED.version(),
    heapKb: (after.heapUsed - before.heapUsed) / count / 1024,
    rssKb: (after.rss - before.rss) / count / 1024
  })
);
process.exit(0);
