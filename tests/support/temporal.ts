import { randomBytes } from 'node:crypto';
import { readSurroundings } from './surroundings';

/** `host:port` of the test run's Temporal server; its namespace is `default`. */
export const temporalAddress = (): string => readSurroundings().temporalAddress;

/** A task queue of one test's own: tests share the server and its namespace. */
export const uniqueTaskQueue = (): string => `test-${randomBytes(8).toString('hex')}`;

export { describeWithTimeSkipping, timeSkippingEnvironment } from './time-skipping';
