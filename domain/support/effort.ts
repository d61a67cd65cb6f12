/** Test support: CPU time of this process in milliseconds. Unlike wall time, it does not depend on how busy the machine is. */
export const worked_ms = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
