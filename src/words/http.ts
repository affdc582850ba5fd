// What the service must have words for when it refuses, and the few pages it writes itself. Codes and their status stand here
// together, so that a new refusal is one line here and one in each language.
import type { Saying } from './words.ts';

/** Every refusal of the HTTP interface, by the status it is told with. */
// biome-ignore format: one line a status
export const REFUSALS = {
  400: ['bad-json', 'bad-fields', 'bad-gzip', 'bad-key', 'bad-cursor', 'bad-request'],
  401: ['sign-in-needed', 'sign-in-failed', 'token-unknown', 'code-wrong', 'oidc-failed'],
  403: ['not-allowed', 'origin-refused', 'password-change-needed', 'demo-elsewhere', 'oidc-person-unknown', 'device-unknown', 'people-only', 'own-words'],
  404: ['no-such-path', 'not-found', 'no-sheet', 'oidc-off'],
  409: ['key-busy', 'key-done', 'last-administrator', 'staff-number-taken', 'already-ended', 'already-set-up', 'person-erased', 'no-model', 'month-not-over', 'month-closed', 'month-provisional', 'month-unsettled', 'already-decided', 'restatement-outdated', 'handover-order'],
  412: ['base-version-changed'],
  413: ['too-large'],
  415: ['bad-media-type', 'bad-encoding'],
  422: ['bad-day', 'key-with-other-body', 'password-weak', 'password-same', 'pin-weak', 'no-such-place', 'end-before-start', 'role-line', 'bad-rows', 'bad-model', 'bad-file', 'too-many-rows', 'other-plant', 'no-such-item'],
  428: ['base-version-needed'],
  429: ['too-many-requests', 'locked-out'],
  500: ['bug'],
  503: ['database-away', 'database-read-only', 'disk-full', 'closing', 'oidc-away'],
} as const;

export type RefusalStatus = keyof typeof REFUSALS;
export type RefusalCode = (typeof REFUSALS)[RefusalStatus][number];

/** What can be wrong with one field; keywords of JSON Schema. */
export type FieldFault =
  | 'required'
  | 'type'
  | 'minimum'
  | 'maximum'
  | 'minLength'
  | 'maxLength'
  | 'pattern'
  | 'format'
  | 'choice'
  | 'additionalProperties'
  | 'minItems'
  | 'maxItems'
  /** A fault that the plant's own reader told, in words already. */
  | 'told'
  | 'other';

export interface HttpWords {
  readonly title: Readonly<Record<RefusalStatus, string>>;
  readonly refused: Readonly<Record<RefusalCode, Saying>>;
  readonly field: Readonly<Record<FieldFault, Saying>>;
  readonly install: Readonly<Record<InstallWord, string>>;
  /** Roles and permissions by their codes; a test holds them against the contract. */
  readonly role: Readonly<Record<string, string>>;
  readonly action: Readonly<Record<string, string>>;
  /** Why a row of people was not taken. */
  readonly person: Readonly<Record<PersonFault, Saying>>;
}

export type InstallWord =
  | 'title'
  | 'open'
  | 'why'
  | 'download'
  | 'fingerprint'
  | 'compare'
  | 'windows'
  | 'android'
  | 'iphone'
  | 'given'
  | 'plain'
  | 'other';

export type PersonFault =
  | 'no-staff-number'
  | 'no-name'
  | 'twice'
  | 'unknown-team'
  | 'unknown-organisation'
  | 'unknown-party'
  | 'unknown-role'
  | 'role-not-granted'
  | 'unknown-place'
  | 'bad-day'
  | 'left-before'
  | 'bad-phone'
  | 'long'
  | 'not-yours';
