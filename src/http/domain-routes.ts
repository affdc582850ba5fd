// The routes of the domain, one file a word.
import type { Domain } from './domain.ts';
import { factRoutes } from './facts.ts';
import { fileRoutes } from './files.ts';
import { handoverRoutes } from './handovers.ts';
import { ledgerRoutes } from './ledger.ts';
import { modelRoutes } from './model.ts';
import { monthRoutes } from './months.ts';
import { exportPeople, importPeople } from './people-rows.ts';
import { readingRoutes } from './readings.ts';
import type { Route } from './route.ts';
import { sheetRoutes } from './sheets.ts';

export const domainRoutes = (domain: Domain): readonly Route[] => [
  ...readingRoutes(domain),
  ...factRoutes(domain),
  ...sheetRoutes(domain),
  ...monthRoutes(domain),
  ...handoverRoutes(domain),
  ...modelRoutes(domain),
  ...ledgerRoutes(domain),
  ...fileRoutes({ ...domain, people: { importPeople, exportPeople } }),
];
