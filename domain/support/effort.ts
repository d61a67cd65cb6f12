/** What this process has worked so far, in milliseconds. Unlike the clock's time it does not pass while other processes are at work. */
export const worked_ms = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
