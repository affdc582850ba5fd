// Health and metrics. Live says that the process runs; ready that the database answers and nothing is reported amiss.
import { isUnavailable } from '../store/database.ts';
import { healthLive, healthReady, metrics } from './contract/health.ts';
import { type Route, route } from './route.ts';
import type { Service } from './service.ts';

export const healthRoutes = ({ version, health, registry }: Service): Route[] => [
  route(healthLive).own(async () => ({ body: { status: 'ok', version } })),

  route(healthReady).own(async (_call, db) => {
    const { faults, details } = await health();
    const away = await db.rows('select 1').then(
      () => [],
      (error: unknown) => [isUnavailable(error) ? 'database-away' : 'database-fault'],
    );
    const all = [...away, ...faults];
    return {
      status: all.length === 0 ? 200 : 503,
      body: { status: all.length === 0 ? 'ok' : 'unwell', faults: all, ...(details === undefined ? {} : { details }) },
    };
  }),

  route(metrics).own(async () => ({ body: await registry.metrics(), mediaType: registry.contentType })),
];
