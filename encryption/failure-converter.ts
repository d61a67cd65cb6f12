/**
 * Puts messages and stack traces of failures into a payload, so that the codec encrypts them too. The SDK loads a failure
 * converter by its path, into the workflow bundle as well, so it needs a file of its own.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
