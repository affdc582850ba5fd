// Is the service well? For load balancers, monitors and people.
import { Type } from 'typebox';
import { contract, record } from '../contract.ts';

export const healthLive = contract({
  id: 'health.live',
  method: 'GET',
  path: '/health/live',
  summary: { zh: '进程是否在运行', en: 'Whether the process runs' },
  action: 'public',
  scope: { about: 'plant' },
  response: record({ status: Type.Literal('ok'), version: Type.String() }),
});

export const healthReady = contract({
  id: 'health.ready',
  method: 'GET',
  path: '/health',
  summary: { zh: '能否正常服务；不能时 503', en: 'Whether it can serve; 503 when it cannot' },
  action: 'public',
  scope: { about: 'plant' },
  response: record({
    status: Type.Union([Type.Literal('ok'), Type.Literal('unwell')]),
    faults: Type.Array(Type.String()),
    details: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  }),
});

export const metrics = contract({
  id: 'health.metrics',
  method: 'GET',
  path: '/metrics',
  summary: { zh: '运行指标（Prometheus）', en: 'Metrics for Prometheus' },
  action: 'metrics.read',
  scope: { about: 'plant' },
  gives: ['text/plain'],
});

export const HEALTH = [healthLive, healthReady, metrics] as const;
