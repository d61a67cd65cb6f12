/**
 * Messages and stack traces of failures travel in an encoded payload, so that the codec encrypts them too. A file of its
 * own, because the SDK loads a failure converter by path, also into the workflow bundle.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
