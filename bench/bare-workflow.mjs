// What Temporal itself costs: an activity, one update, an activity, the end. Nothing of ours.
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
