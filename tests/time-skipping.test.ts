/** The time-skipping server works on this machine. */
import { describeWithTimeSkipping, timeSkippingEnvironment } from './support/temporal';

describeWithTimeSkipping('the time-skipping server', () => {
  test('lets thirty days pass in seconds', async () => {
    const environment = await timeSkippingEnvironment();
    try {
      const before = await environment.currentTimeMs();
      await environment.sleep('30 days');
      expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * 24 * 3600 * 1000);
    } finally {
      await environment.teardown();
    }
  }, 660_000);
});
