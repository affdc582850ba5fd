// People, their memberships and the roles granted to them.
import { Type } from 'typebox';
import { contract, DayText, PAGING, PlaceText, PlantId, page, ROLES, record } from '../contract.ts';
import { StaffNumber } from './session.ts';

const Name = Type.String({ minLength: 1, maxLength: 100 });
const Phone = Type.String({ pattern: '^\\+?[0-9 -]{5,30}$' });
const Language = Type.Union([Type.Literal('zh'), Type.Literal('en')]);
const Why = Type.String({ minLength: 2, maxLength: 500 });
const Id = record({ person: Type.Integer() });
const one = { scope: { about: 'person', in: 'params', name: 'person' } } as const;

export const Membership = record({
  kind: Type.Enum(['team', 'administrative', 'party']),
  place: PlantId,
  from: DayText,
  until: Type.Optional(DayText),
});

export const Grant = record({
  grant: Type.Integer(),
  role: Type.Enum([...ROLES]),
  place: PlaceText,
  from: DayText,
  until: Type.Optional(DayText),
  grantedBy: Type.Optional(Type.Integer()),
});

export const Person = record({
  person: Type.Integer(),
  staffNumber: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  /** Only for who may read details. */
  phone: Type.Optional(Type.String()),
  language: Type.Optional(Language),
  blocked: Type.Boolean(),
  erased: Type.Boolean(),
  demo: Type.Boolean(),
  memberships: Type.Array(Membership),
  grants: Type.Array(Grant),
  version: Type.Integer({ description: 'for If-Match' }),
});

export const people = contract({
  id: 'people.list',
  method: 'GET',
  path: '/people',
  summary: { zh: '人员名册', en: 'People' },
  action: 'people.read',
  scope: { about: 'filtered' },
  paged: true,
  query: record({
    ...PAGING,
    search: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    ids: Type.Optional(
      Type.String({ pattern: '^\\d{1,15}(,\\d{1,15}){0,199}$', description: 'who these are: 4,17,23' }),
    ),
  }),
  response: page(Person),
});

export const person = contract({
  ...one,
  id: 'people.get',
  method: 'GET',
  path: '/people/:person',
  summary: { zh: '一个人', en: 'A person' },
  action: 'people.read',
  params: Id,
  response: Person,
});

export const addPerson = contract({
  id: 'people.add',
  method: 'POST',
  path: '/people',
  summary: { zh: '登记一个人', en: 'Enter a person' },
  action: 'people.write',
  scope: { about: 'plant' },
  body: record({
    staffNumber: StaffNumber,
    name: Name,
    phone: Type.Optional(Phone),
    language: Type.Optional(Language),
    team: Type.Optional(PlantId),
    administrative: Type.Optional(PlantId),
    party: Type.Optional(PlantId),
    from: Type.Optional(DayText),
  }),
  status: 201,
  response: record({ person: Type.Integer() }),
  refusals: ['staff-number-taken', 'no-such-place'],
});

export const changePerson = contract({
  ...one,
  id: 'people.change',
  method: 'PATCH',
  path: '/people/:person',
  summary: { zh: '改一个人的资料、所属或停用', en: "Change a person's details or memberships, or block" },
  action: 'people.write',
  ifMatch: true,
  params: Id,
  body: record({
    name: Type.Optional(Name),
    phone: Type.Optional(Type.Union([Phone, Type.Literal('')])),
    blocked: Type.Optional(Type.Boolean()),
    /** From `from` on; the empty text: none. */
    team: Type.Optional(Type.String({ maxLength: 100 })),
    administrative: Type.Optional(Type.String({ maxLength: 100 })),
    party: Type.Optional(Type.String({ maxLength: 100 })),
    from: Type.Optional(DayText),
    why: Type.Optional(Why),
  }),
  status: 204,
  refusals: ['base-version-changed', 'no-such-place', 'not-found'],
});

export const erasePerson = contract({
  ...one,
  id: 'people.erase',
  method: 'POST',
  path: '/people/:person/erase',
  summary: { zh: '清除一个人的资料，只留编号', en: 'Erase what tells who a person is; the id stays' },
  action: 'people.write',
  params: Id,
  body: record({ why: Why }),
  status: 204,
  refusals: ['last-administrator', 'not-found'],
});

export const resetPassword = contract({
  ...one,
  id: 'people.reset-password',
  method: 'POST',
  path: '/people/:person/password',
  summary: { zh: '重置密码；新密码只显示一次', en: 'Reset the password; the new one is shown once' },
  action: 'people.write',
  idempotent: 'once',
  params: Id,
  status: 201,
  response: record({ password: Type.String() }),
});

export const endSessionsOf = contract({
  ...one,
  id: 'people.end-sessions',
  method: 'DELETE',
  path: '/people/:person/sessions',
  summary: { zh: '让一个人的登录全部退出', en: "End all of a person's sessions" },
  action: 'people.write',
  params: Id,
  response: record({ ended: Type.Integer() }),
});

export const grantRole = contract({
  id: 'grants.add',
  method: 'POST',
  path: '/people/:person/grants',
  summary: { zh: '授予岗位', en: 'Grant a role' },
  action: 'grants.write',
  scope: { about: 'place', in: 'body', name: 'place' },
  params: Id,
  body: record({
    role: Type.Enum([...ROLES].filter((role) => role !== 'member')),
    place: PlaceText,
    from: Type.Optional(DayText),
    until: Type.Optional(DayText),
    why: Why,
  }),
  status: 201,
  response: record({ grant: Type.Integer() }),
  refusals: ['not-found', 'end-before-start', 'no-such-place'],
});

export const endGrant = contract({
  id: 'grants.end',
  method: 'POST',
  path: '/people/:person/grants/:grant/end',
  summary: { zh: '撤销岗位', en: 'End a role' },
  action: 'grants.write',
  scope: { about: 'filtered' },
  params: record({ person: Type.Integer(), grant: Type.Integer() }),
  body: record({ why: Why }),
  status: 204,
  refusals: ['not-found', 'already-ended', 'last-administrator'],
});

export const PEOPLE = [
  people,
  person,
  addPerson,
  changePerson,
  erasePerson,
  resetPassword,
  endSessionsOf,
  grantRole,
  endGrant,
] as const;
