import { randomBytes } from 'node:crypto';
import { readSurroundings } from './surroundings';

/** `host:port` of the test run's Temporal server; its namespace is `default`. */
export const temporalAddress = (): string => readSurroundings().temporalAddress;

/** Each test needs its own task queue, because all tests share the server and its namespace. */
export const uniqueTaskQueue = (): string => `test-${randomBytes(8).toString('hex')}`;

export { describeWithTimeSkipping, timeSkippingEnvironment } from './time-skipping';
