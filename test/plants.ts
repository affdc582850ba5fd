// A plant as small as it may be, around the points (and sources) that a test is about.
import { type Plant, readPlant } from '../src/plant.ts';

export function plantWithPoints(points: string, sources = '', zone = 'Asia/Shanghai'): Plant {
  const text = `
plant: { id: test, zone: ${zone} }
clocks: { day: { shifts: { 早: { start: "00:00", end: "24:00" } } } }
rotations: { one: { clock: day, periods: [{ from: 2015-01-01, pattern: 早, offset: 0, crews: [甲] }] } }
units: { unit: { rotation: one, streams: { out: { role: output, unit: t, point: OUT } } } }
points:
  OUT: { kind: counter, unit: t, step: 0.001 }
${points.replace(/^(?=.)/gm, '  ')}
${sources === '' ? '' : `sources:\n${sources.replace(/^(?=.)/gm, '  ')}`}
`;
  const { plant, problems } = readPlant(new Map([['plant.yaml', text]]));
  if (!plant) throw new Error(JSON.stringify(problems.filter(({ severity }) => severity === 'error')));
  return plant;
}
