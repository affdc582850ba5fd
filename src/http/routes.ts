// The routes the frame brings itself: access, audit and health. Those of the domain come in through `openServer({ routes })`.
import { auditRoutes } from './audit.ts';
import { deviceRoutes } from './devices.ts';
import { healthRoutes } from './health.ts';
import { peopleRoutes } from './people.ts';
import type { Route } from './route.ts';
import type { Service } from './service.ts';
import { sessionRoutes } from './session.ts';
import { signOnRoutes } from './sign-on-routes.ts';
import { tokenRoutes } from './tokens.ts';

export const routes = (service: Service): readonly Route[] => [
  ...sessionRoutes(service),
  ...signOnRoutes(service),
  ...peopleRoutes(service),
  ...tokenRoutes(service),
  ...deviceRoutes(service),
  ...auditRoutes(),
  ...healthRoutes(service),
];
