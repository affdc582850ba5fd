// Every contract of the interface, in the order of the document.
import type { Contract } from '../contract.ts';
import { DEVICES } from './devices.ts';
import { HEALTH } from './health.ts';
import { SESSION } from './session.ts';

export const CONTRACTS: readonly Contract[] = [...SESSION, ...DEVICES, ...HEALTH];
