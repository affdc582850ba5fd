// The routes the frame brings itself: access, audit and health. Those of the domain come in through `openServer({ routes })`.
import { deviceRoutes } from './devices.ts';
import { healthRoutes } from './health.ts';
import type { Route } from './route.ts';
import type { Service } from './service.ts';
import { sessionRoutes } from './session.ts';

export const routes = (service: Service): readonly Route[] => [
  ...sessionRoutes(service),
  ...deviceRoutes(service),
  ...healthRoutes(service),
];
