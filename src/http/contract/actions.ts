// The words of access: what can be done, the roles people have, and what a token may be trusted with. Which role may do what
// and where is access.ts.

// biome-ignore format: one line a family
export const ACTIONS = [
  'readings.write', 'readings.read', 'laboratory.write',
  'facts.read', 'facts.order.write', 'facts.exclusion.write', 'facts.exclusion.approve', 'facts.fee.write', 'facts.swap.write',
  'sheets.read', 'drafts.read', 'boards.read', 'explain.read', 'events.read', 'amounts.read',
  'handover.read', 'handover.offer', 'handover.accept', 'handover.rule',
  'month.read', 'month.close', 'restatement.approve', 'reconciliation.write',
  'model.read', 'model.write', 'prices.write', 'budgets.write', 'standards.write',
  'schemes.read', 'splits.read-anonymous', 'appeals.read', 'appeals.write', 'appeals.rule',
  'people.read', 'people.write', 'people.details.read', 'grants.read', 'grants.write',
  'tokens.read', 'tokens.write', 'devices.read', 'devices.write', 'audit.read',
  'files.export', 'files.import', 'metrics.read', 'jobs.read',
] as const;
export type Action = (typeof ACTIONS)[number];

// biome-ignore format: one line a family
export const ROLES = [
  'member', 'crew-leader', 'shift-supervisor', 'team-accountant', 'workshop-accountant', 'labour-wages', 'finance',
  'safety', 'laboratory', 'party-secretary', 'programme-office', 'manager', 'workers-representative', 'auditor',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];

export const LINES = ['administrative', 'party'] as const;
export type Line = (typeof LINES)[number];

/** What a machine may do with a token. Approving, closing, and all about people and access stay with people. */
// biome-ignore format: one line a family
export const TOKEN_ACTIONS = [
  'readings.write', 'readings.read', 'laboratory.write', 'facts.read', 'facts.order.write', 'facts.fee.write',
  'sheets.read', 'drafts.read', 'boards.read', 'explain.read', 'events.read', 'handover.read', 'month.read',
  'model.read', 'audit.read', 'files.export', 'files.import', 'metrics.read', 'jobs.read',
] as const satisfies readonly Action[];
