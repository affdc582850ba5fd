// Every contract of the interface, in the order of the document.
import type { Contract } from '../contract.ts';
import { AUDIT } from './audit.ts';
import { DEVICES } from './devices.ts';
import { HEALTH } from './health.ts';
import { PEOPLE } from './people.ts';
import { SESSION } from './session.ts';
import { TOKENS } from './tokens.ts';

export const CONTRACTS: readonly Contract[] = [...SESSION, ...PEOPLE, ...TOKENS, ...DEVICES, ...AUDIT, ...HEALTH];
