/** The Temporal server of the test run. */
import { randomBytes } from 'node:crypto';
import { readServers } from './test-servers';

/** `host:port`. The namespace is `default`. */
export const temporalAddress = (): string => readServers().temporalAddress;

/** Each test needs its own task queue, because all tests share the server and its namespace. */
export const uniqueTaskQueue = (): string => `test-${randomBytes(8).toString('hex')}`;

export { describeWithTimeSkipping, timeSkippingEnvironment } from './time-skipping';
