// Every contract of the interface, in the order of the document.
import type { Contract } from '../contract.ts';
import { HEALTH } from './health.ts';

export const CONTRACTS: readonly Contract[] = [...HEALTH];
