// Kiosks: announced by an administrator, bound by whoever types the code on them, withdrawn by an administrator.
import { subjectOf } from '../store/attempts.ts';
import { audit } from '../store/audit.ts';
import { stamp } from '../store/database.ts';
import {
  announceDevice as announce,
  bindDevice as bind,
  listDevices,
  revokeDevice as revoke,
} from '../store/devices.ts';
import { keptPlace } from './access.ts';
import { announceDevice, bindDevice, devices, revokeDevice } from './contract/devices.ts';
import { refuse } from './problem.ts';
import { type Route, route } from './route.ts';
import type { Service } from './service.ts';
import { attempt, setSecret } from './sign-in.ts';

/** A device's cookie lives as long as browsers let one live. */
const DEVICE_MS = 400 * 86_400_000;

export const deviceRoutes = (service: Service): Route[] => [
  route(devices).read(async ({ access, plantId }, db) => {
    const rows = await listDevices(db, plantId);
    return {
      body: {
        items: rows
          .filter(({ place }) => access.may('devices.read', keptPlace(place)))
          .map((row) => ({
            device: row.device,
            name: row.name,
            place: row.place,
            ...(row.created_by === null ? {} : { announcedBy: row.created_by }),
            announcedAt: stamp(row.created_at),
            ...(row.registered_at === null ? {} : { boundAt: stamp(row.registered_at) }),
            ...(row.seen_at === null ? {} : { seenAt: stamp(row.seen_at) }),
            ...(row.revoked_at === null ? {} : { revokedAt: stamp(row.revoked_at) }),
          })),
      },
    };
  }),

  route(announceDevice).write(async (call, tx) => {
    const { name, place } = call.body;
    const { device, code, until } = await announce(tx, call.plantId, {
      name,
      place,
      by: call.person,
      now: service.now(),
    });
    await call.audit(tx, { action: 'device.announce', object: ['device', device], after: { name, place } });
    return { body: { device, code, until: stamp(until) } };
  }),

  route(bindDevice).own(async (call, db) => {
    let bound: { device: number; name: string; secret: string } | undefined;
    const refused = await attempt(db, call, {
      subject: subjectOf('code', 'device', call.address),
      check: async () => {
        bound = await bind(db, call.plantId, call.body.code, service.now());
        if (bound === undefined) return refuse('code-wrong');
        const { device } = bound;
        return (tx) =>
          audit(tx, call.plantId, { device, request: call.id }, { action: 'device.bind', object: ['device', device] });
      },
    });
    if (refused !== undefined || bound === undefined) return refused ?? refuse('code-wrong');
    const { device, name, secret } = bound;
    setSecret(call, 'device', secret, DEVICE_MS);
    return { body: { device, name } };
  }),

  route(revokeDevice).write(async (call, tx) => {
    const { device } = call.params;
    const before = await revoke(tx, call.plantId, device, service.now());
    if (before === undefined) return refuse('not-found', { kind: 'device', found: device });
    if (!call.access.may('devices.write', keptPlace(before.place)))
      return refuse('not-allowed', { action: 'devices.write', place: before.place });
    if (before.revoked_at !== null) return refuse('already-ended');
    await call.audit(tx, { action: 'device.revoke', object: ['device', device] });
    return {};
  }),
];
