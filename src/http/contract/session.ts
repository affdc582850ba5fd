// Signing in and out, and what belongs to oneself: password, PIN, language, open sessions.
import { Type } from 'typebox';
import { ACTIONS, contract, Empty, Instant, PlaceText, ROLES, record } from '../contract.ts';

const mine = { action: 'signed-in', scope: { about: 'own' } } as const;
const open = { action: 'public', scope: { about: 'plant' }, idempotent: 'no', rate: 'sign-in' } as const;

export const StaffNumber = Type.String({ minLength: 1, maxLength: 60, pattern: '^\\S(.*\\S)?$' });
export const Password = Type.String({ minLength: 1, maxLength: 200 });
export const Pin = Type.String({ pattern: '^\\d{6,12}$' });
export const Code = Type.String({ minLength: 12, maxLength: 30 });
const Language = Type.Union([Type.Literal('zh'), Type.Literal('en')]);

export const Me = record({
  person: Type.Integer(),
  staffNumber: Type.String(),
  name: Type.String(),
  language: Type.Optional(Language),
  teams: Type.Array(Type.String()),
  roles: Type.Array(record({ role: Type.Enum([...ROLES]), place: PlaceText })),
  /** What may be done, and where; the web shows no more than this. */
  permissions: Type.Array(record({ action: Type.Enum([...ACTIONS]), places: Type.Array(PlaceText) })),
  mustChangePassword: Type.Boolean(),
  session: Type.Integer(),
  device: Type.Optional(Type.Integer()),
});

export const signIn = contract({
  ...open,
  id: 'session.open',
  method: 'POST',
  path: '/session',
  summary: { zh: '用工号和密码登录', en: 'Sign in with staff number and password' },
  body: record({ staffNumber: StaffNumber, password: Password }),
  status: 201,
  response: record({ mustChangePassword: Type.Boolean() }),
  refusals: ['sign-in-failed', 'locked-out', 'demo-elsewhere'],
});

export const signInByPin = contract({
  ...open,
  id: 'session.open-by-pin',
  method: 'POST',
  path: '/session/pin',
  summary: { zh: '在登记过的设备上用短密码登录', en: 'Sign in with a PIN on a registered device' },
  body: record({ staffNumber: StaffNumber, pin: Pin }),
  status: 201,
  response: Empty,
  refusals: ['device-unknown', 'sign-in-failed', 'locked-out'],
});

export const firstAdministrator = contract({
  ...open,
  id: 'session.first',
  method: 'POST',
  path: '/session/first',
  summary: { zh: '用首次代码建立第一个管理员', en: 'Make the first administrator with the first code' },
  body: record({
    code: Code,
    staffNumber: StaffNumber,
    name: Type.String({ minLength: 1, maxLength: 100 }),
    password: Password,
  }),
  status: 201,
  response: Empty,
  refusals: ['code-wrong', 'already-set-up', 'password-weak', 'locked-out'],
});

export const ways = contract({
  id: 'session.ways',
  method: 'GET',
  path: '/session/ways',
  summary: { zh: '这台设备可用的登录方式', en: 'The ways to sign in on this device' },
  action: 'public',
  scope: { about: 'plant' },
  response: record({
    signOn: Type.Boolean(),
    device: Type.Optional(record({ name: Type.String(), place: PlaceText })),
    first: Type.Boolean({ description: 'nobody is there yet: a first administrator is to be made' }),
  }),
});

export const signOnStart = contract({
  ...open,
  id: 'session.sign-on',
  method: 'GET',
  path: '/session/sign-on',
  summary: { zh: '转到统一认证', en: 'Go to the single sign-on' },
  query: record({ returnTo: Type.Optional(Type.String({ pattern: '^/(?![/\\\\])[\\x21-\\x7e]*$', maxLength: 500 })) }),
  status: 302,
  refusals: ['oidc-off', 'oidc-away'],
});

export const signOnEnd = contract({
  ...open,
  id: 'session.sign-on-end',
  method: 'GET',
  path: '/session/sign-on/end',
  summary: { zh: '从统一认证回来', en: 'Come back from the single sign-on' },
  query: Type.Object({
    state: Type.Optional(Type.String({ maxLength: 500 })),
    code: Type.Optional(Type.String({ maxLength: 4000 })),
    error: Type.Optional(Type.String({ maxLength: 500 })),
  }),
  status: 302,
  refusals: ['oidc-off', 'oidc-failed', 'oidc-person-unknown', 'oidc-away'],
});

export const me = contract({
  ...mine,
  id: 'session.me',
  method: 'GET',
  path: '/session',
  summary: { zh: '我是谁，能做什么', en: 'Who I am and what I may do' },
  cacheable: true,
  response: Me,
});

export const signOut = contract({
  ...mine,
  id: 'session.close',
  method: 'DELETE',
  path: '/session',
  summary: { zh: '退出登录', en: 'Sign out' },
  status: 204,
});

export const changePassword = contract({
  ...mine,
  id: 'session.password',
  method: 'PUT',
  path: '/session/password',
  summary: { zh: '改自己的密码；其他登录全部退出', en: "Change one's password; all other sessions end" },
  rate: 'sign-in',
  idempotent: 'no',
  body: record({ oldPassword: Password, newPassword: Password }),
  status: 204,
  refusals: ['sign-in-failed', 'password-weak', 'password-same', 'locked-out'],
});

export const changePin = contract({
  ...mine,
  id: 'session.pin',
  method: 'PUT',
  path: '/session/pin',
  summary: { zh: '设置或取消自己的短密码', en: "Set or remove one's PIN" },
  rate: 'sign-in',
  idempotent: 'no',
  body: record({ password: Password, pin: Type.Optional(Pin) }),
  status: 204,
  refusals: ['sign-in-failed', 'pin-weak', 'locked-out'],
});

export const changeLanguage = contract({
  ...mine,
  id: 'session.language',
  method: 'PUT',
  path: '/session/language',
  summary: { zh: '选择语言', en: 'Choose the language' },
  body: record({ language: Type.Optional(Language) }),
  status: 204,
});

export const SessionItem = record({
  session: Type.Integer(),
  way: Type.Enum(['password', 'pin', 'oidc', 'first-code']),
  device: Type.Optional(Type.Integer()),
  openedAt: Instant,
  seenAt: Instant,
  until: Instant,
  address: Type.String(),
  agent: Type.String(),
  current: Type.Boolean(),
});

export const sessions = contract({
  ...mine,
  id: 'session.list',
  method: 'GET',
  path: '/sessions',
  summary: { zh: '我的登录', en: 'My open sessions' },
  response: record({ items: Type.Array(SessionItem) }),
});

export const endSession = contract({
  ...mine,
  id: 'session.end',
  method: 'DELETE',
  path: '/sessions/:session',
  summary: { zh: '退出我的某个登录', en: 'End one of my sessions' },
  params: record({ session: Type.Integer() }),
  status: 204,
});

export const endOtherSessions = contract({
  ...mine,
  id: 'session.end-others',
  method: 'DELETE',
  path: '/sessions',
  summary: { zh: '退出我的其他登录', en: 'End all my other sessions' },
  response: record({ ended: Type.Integer() }),
});

export const SESSION = [
  signIn,
  signInByPin,
  firstAdministrator,
  ways,
  signOnStart,
  signOnEnd,
  me,
  signOut,
  changePassword,
  changePin,
  changeLanguage,
  sessions,
  endSession,
  endOtherSessions,
] as const;
