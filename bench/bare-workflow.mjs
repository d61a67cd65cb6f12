// A workflow without any product code, to measure what Temporal itself costs: an activity, an update, an activity.
import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

const { nothing } = proxyActivities({ startToCloseTimeout: '10 seconds' });

export async function bare() {
  let decided = false;
  setHandler(defineUpdate('decide'), async () => {
    decided = true;
    return 'counted';
  });
  await nothing();
  await condition(() => decided);
  await nothing();
}
