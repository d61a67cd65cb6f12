/** Counters and timers for Prometheus. They contain no identity and no content. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface Telemetry {
  /** Starts a measurement. Call the result with the answer's status to end it. */
  timeRequest(route: string): (status: number) => void;
  countCheck(decision: string, reason_code: string | null): void;
  countVote(decision: string, channel: string): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  contentType: string;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** `waiting` returns the number of long polls that are held now. */
export function createTelemetry(waiting: () => number): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'agentwarden_' });
  const requests = new Histogram({
    name: 'agentwarden_http_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const checks = new Counter({
    name: 'agentwarden_checks_total',
    help: 'Answered checks',
    labelNames: ['decision', 'reason_code'],
    registers,
  });
  const votes = new Counter({
    name: 'agentwarden_votes_total',
    help: 'Votes taken by the workflow',
    labelNames: ['decision', 'channel'],
    registers,
  });
  new Gauge({
    name: 'agentwarden_waiting_requests',
    help: 'Requests that are held until an approval changes',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    timeRequest(route) {
      const from = process.hrtime.bigint();
      return (status) => requests.observe({ route, status }, Number(process.hrtime.bigint() - from) / 1e9);
    },
    countCheck: (decision, reason_code) => checks.inc({ decision, reason_code: reason_code ?? '' }),
    countVote: (decision, channel) => votes.inc({ decision, channel }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
