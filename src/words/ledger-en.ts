// Why there is this version of a voucher, in one sentence.
import type { LedgerWords } from './ledger.ts';

export const ledgerEn = {
  cause: {
    'shift-ended': 'The shift ended; settled for the first time',
    'cut-off': 'The cut-off has passed; what is missing is waited for no longer',
    readings: 'Readings of {points} arrived ({first} to {last})',
    fact: '{table} "{id}" was recorded',
    model: 'Version {version} of the model holds',
    sheets: '{count} sheets of the cycle changed',
    reconciled: 'Month-end reconciliation: {id}',
    approved: 'Restatement {restatement} was approved',
  },
  table: {
    'orders.csv': 'Dispatch order',
    'limits.csv': 'Limit',
    'exclusions.csv': 'Exclusion',
    'fees.csv': 'Fee',
    'swaps.csv': 'Swap',
    'samples.csv': 'Sample',
    'replacements.csv': 'Replacement of a meter',
    'confirmations.csv': 'Confirmation',
  },
} as const satisfies LedgerWords;
