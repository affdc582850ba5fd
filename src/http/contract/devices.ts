// Kiosks on which people may sign in with a PIN.
import { Type } from 'typebox';
import { contract, Instant, PlaceText, record } from '../contract.ts';
import { Code } from './session.ts';

const Device = record({
  device: Type.Integer(),
  name: Type.String(),
  place: PlaceText,
  announcedBy: Type.Optional(Type.Integer()),
  announcedAt: Instant,
  boundAt: Type.Optional(Instant),
  seenAt: Type.Optional(Instant),
  revokedAt: Type.Optional(Instant),
});

export const devices = contract({
  id: 'device.list',
  method: 'GET',
  path: '/devices',
  summary: { zh: '登记过的设备', en: 'Devices' },
  action: 'devices.read',
  scope: { about: 'filtered' },
  response: record({ items: Type.Array(Device) }),
});

export const announceDevice = contract({
  id: 'device.announce',
  method: 'POST',
  path: '/devices',
  summary: { zh: '登记一台设备，得到一次性代码', en: 'Announce a device and get its one-time code' },
  action: 'devices.write',
  scope: { about: 'place', in: 'body', name: 'place' },
  idempotent: 'once',
  body: record({ name: Type.String({ minLength: 1, maxLength: 100 }), place: PlaceText }),
  status: 201,
  response: record({ device: Type.Integer(), code: Type.String(), until: Instant }),
});

export const bindDevice = contract({
  id: 'device.bind',
  method: 'POST',
  path: '/devices/bind',
  summary: { zh: '在设备上输入代码，完成登记', en: 'Type the code on the device' },
  action: 'public',
  scope: { about: 'plant' },
  idempotent: 'no',
  rate: 'sign-in',
  body: record({ code: Code }),
  status: 201,
  response: record({ device: Type.Integer(), name: Type.String() }),
  refusals: ['code-wrong', 'locked-out'],
});

export const revokeDevice = contract({
  id: 'device.revoke',
  method: 'DELETE',
  path: '/devices/:device',
  summary: { zh: '停用设备；在上面的登录全部退出', en: 'Withdraw a device; sessions there end' },
  action: 'devices.write',
  scope: { about: 'filtered' },
  params: record({ device: Type.Integer() }),
  status: 204,
});

export const DEVICES = [devices, announceDevice, bindDevice, revokeDevice] as const;
