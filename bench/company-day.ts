// A company-day as it arrives: 190 units, 2,000 points × 1,440 readings with irregular stamps, late, repeated and corrected
// rows and counters that roll over. The plant is ordinary plant text; the rows are made from a seed, in order of arrival.
import { type Facts, type Plant, readPlant } from '../src/plant.ts';
import { GOOD, type Log } from '../src/readings.ts';

export const UNITS = 190;
const POINTS = 2000;
const READINGS = 1440;
const MODULUS = 1_000_000_000;
/** 2022-03-01 00:00 in the plant's zone. */
export const MIDNIGHT = Date.parse('2022-03-01T00:00:00+08:00');

/** Inputs of a unit: one output and nine or ten inputs make 2,000 points over 190 units. */
export const inputsOf = (unit: number): number => (unit < POINTS - UNITS * 10 ? 10 : 9);
export const standardOf = (input: number): string => `0.${String(2500 + input * 137).padStart(4, '0')}`;
export const fixedOf = (input: number): number => 3 + input;
export const priceOf = (input: number): string => (12.5 + input * 7.3).toFixed(4);
export const OUTPUT_PRICE = '88.0000';
export const BUDGET = 106;

/** The plant as text. */
export function companyText(units = UNITS): ReadonlyMap<string, string> {
  const points: string[] = [];
  const sections: string[] = [];
  for (let u = 0; u < units; u += 1) {
    const streams = [`      water: {role: output, unit: t, point: W-${u}, budget: ${BUDGET} t/h}`];
    points.push(
      `  W-${u}: {kind: counter, unit: t, step: 0.001, rollover: 1000000, greatest rate: 2000 t/h, gap: 1 h}`,
    );
    for (let i = 0; i < inputsOf(u); i += 1) {
      const standard =
        i === 0
          ? '{water: {curve: load, at: {60: 0.2900, 90: 0.2720, 110: 0.2650, 130: 0.2700}, step: 0.00001}}'
          : `{water: ${standardOf(i)}, per hour run: ${fixedOf(i)}}`;
      streams.push(`      in-${i}: {role: input, unit: t, point: I-${u}-${i}, standard: ${standard}}`);
      points.push(
        `  I-${u}-${i}: {kind: counter, unit: t, step: 0.001, rollover: 1000000, greatest rate: 2000 t/h, gap: 1 h}`,
      );
    }
    sections.push(`  unit-${u}:\n    rotation: four\n    load set by: crew\n    streams:\n${streams.join('\n')}`);
  }
  const yaml = [
    'plant: {id: bench, zone: Asia/Shanghai}',
    'clocks: {three: {shifts: {夜: {start: "00:00", end: "08:00"}, 早: {start: "08:00", end: "16:00"}, 中: {start: "16:00", end: "24:00"}}}}',
    'rotations: {four: {clock: three, periods: [{from: 2022-01-01, pattern: 早中休夜, offset: 1, crews: [甲, 乙, 丙, 丁]}]}}',
    `units:\n${sections.join('\n')}`,
    `points:\n${points.join('\n')}`,
  ].join('\n');
  const prices = ['item,kind,from,price', `water,plan,2022-01-01,${OUTPUT_PRICE}`];
  for (let i = 0; i < 10; i += 1) prices.push(`in-${i},plan,2022-01-01,${priceOf(i)}`);
  return new Map([
    ['plant.yaml', yaml],
    ['prices.csv', prices.join('\n')],
  ]);
}

export function companyDay(units = UNITS): { plant: Plant; facts: Facts; log: Log; points: number } {
  const read = readPlant(companyText(units));
  if (!read.plant || !read.facts) throw new Error(JSON.stringify(read.problems.slice(0, 3)));
  const plant = read.plant;
  return { plant, facts: read.facts, log: rowsOf(plant), points: plant.points.length };
}

/** The rows in order of arrival: minute by minute over all points, one in a hundred late, one repeated, some corrected. */
function rowsOf(plant: Plant): Log {
  const count = plant.points.length;
  const capacity = Math.ceil(count * READINGS * 1.03) + 1000;
  const log = {
    point: new Int32Array(capacity),
    time: new Float64Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint8Array(capacity),
    learnt: new Float64Array(capacity),
  };
  let length = 0;
  let state = 20220301;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const put = (point: number, time: number, value: number, learnt: number): void => {
    log.point[length] = point;
    log.time[length] = time;
    log.value[length] = value;
    log.quality[length] = GOOD;
    log.learnt[length] = learnt;
    length += 1;
  };
  // Every twentieth counter rolls over during the day.
  const face = Float64Array.from({ length: count }, (_, p) =>
    p % 20 === 7 ? MODULUS - 300_000 : 84_000_000 + p * 1000,
  );
  const isOutput = Uint8Array.from(plant.points, (point) => (point.id.startsWith('W') ? 1 : 0));
  let late: [number, number, number][] = [];
  for (let minute = 0; minute < READINGS; minute += 1) {
    const at = MIDNIGHT - 30_000 + Math.round((minute * (86_400_000 + 60_000)) / (READINGS - 1));
    const held = late;
    late = [];
    for (let point = 0; point < count; point += 1) {
      const mean = isOutput[point] ? 1760 : 460 + (point % 17) * 20;
      face[point] = (face[point]! + Math.max(0, mean + random(401) - 200)) % MODULUS;
      // The first and last minute keep clear of the day's edges, so that both sides see the same boundaries.
      const jitter = minute === 0 || minute === READINGS - 1 ? 0 : random(41_000) - 20_000;
      const [time, value] = [at + jitter, face[point]!];
      const luck = random(1000);
      if (luck < 10) late.push([point, time, value]);
      else put(point, time, value, time + 500);
      if (luck >= 10 && luck < 20) put(point, time, value, time + 500);
      if (luck === 20) put(point, time, value + 3, time + 90_000);
    }
    for (const [point, time, value] of held) put(point, time, value, time + 60_000);
  }
  for (const [point, time, value] of late) put(point, time, value, time + 60_000);
  return {
    length,
    point: log.point.subarray(0, length),
    time: log.time.subarray(0, length),
    value: log.value.subarray(0, length),
    quality: log.quality.subarray(0, length),
    learnt: log.learnt.subarray(0, length),
  };
}
