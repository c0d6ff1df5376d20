import { LOOPBACK_NAME, LoopbackDriver } from '../../nodes/engine/ports/loopback';
import { describeDriverContract } from '../support/driver-contract';

describeDriverContract('loopback', () => ({
  driver: new LoopbackDriver(),
  out: LOOPBACK_NAME,
  loop: LOOPBACK_NAME,
  inProcess: true
}));
