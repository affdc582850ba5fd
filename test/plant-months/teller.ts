// The engine in the auditor's shape, so that the auditor's hand cases may ask it.
import type { AuditInput, AuditOptions } from '../auditor/audit.ts';
import type { Teller } from '../auditor/audit-cases.ts';
import { ENGINE } from './compare.ts';
import { askEngine, loadPlant } from './engine.ts';

function ask({ files, readings }: AuditInput, { from, to, asOf }: AuditOptions): ReturnType<typeof askEngine> {
  const named = readings.map((text, i): [string, string] => [`readings-case-${i}.csv`, text]);
  const loaded = loadPlant(ENGINE, new Map([...files, ...named]));
  return askEngine(ENGINE, loaded, { from, to, rankFrom: from, ...(asOf === undefined ? {} : { asOf }) });
}

export const engineTeller: Teller = {
  audit: (input, options) => ask(input, options).sheets as ReturnType<Teller['audit']>,
  auditPostings: (input, options) => ask(input, options).postings,
  auditRank: (input, options) => ask(input, options).ranks,
};
