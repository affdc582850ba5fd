// What the frame measures of itself, for Prometheus: requests by route, method and status. Routes by their pattern, never by
// what was asked, so that the number of series stays small and no id leaks.
import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

export function measure(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'crewledger_http_request_seconds',
    help: 'Time to answer a request, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    seconds.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      (performance.now() - (request.began || performance.now())) / 1000,
    );
  });
}
