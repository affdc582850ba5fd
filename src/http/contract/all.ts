// Every contract of the interface, in the order of the document.
import type { Contract } from '../contract.ts';
import { AUDIT } from './audit.ts';
import { DEVICES } from './devices.ts';
import { FACTS } from './facts.ts';
import { FILES } from './files.ts';
import { HANDOVERS } from './handovers.ts';
import { HEALTH } from './health.ts';
import { LEDGER } from './ledger.ts';
import { MODEL } from './model.ts';
import { MONTHS } from './months.ts';
import { PEOPLE } from './people.ts';
import { READINGS } from './readings.ts';
import { SESSION } from './session.ts';
import { SHEETS } from './sheets.ts';
import { TOKENS } from './tokens.ts';

export const CONTRACTS: readonly Contract[] = [
  ...READINGS,
  ...FACTS,
  ...SHEETS,
  ...MONTHS,
  ...HANDOVERS,
  ...MODEL,
  ...LEDGER,
  ...FILES,
  ...SESSION,
  ...PEOPLE,
  ...TOKENS,
  ...DEVICES,
  ...AUDIT,
  ...HEALTH,
];
