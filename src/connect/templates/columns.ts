// Every table that goes out to be filled in and comes back, and what belongs to a point beside its tag.
import type { Plant } from '../../plant.ts';
import { unitPoints } from '../../statement.ts';
import { type Kind, readable, type Template } from './column.ts';
import { PEOPLE_TABLES } from './people-tables.ts';
import { PLANT_TABLES } from './plant-tables.ts';

export { type Cells, type Choice, type Column, KINDS, type Kind, type Template } from './column.ts';
export { ATTENDANCE_KINDS } from './people-tables.ts';

export const TEMPLATES: Readonly<Record<Kind, Template>> = { ...PLANT_TABLES, ...PEOPLE_TABLES };

/** `蒸水流量 (t)`: what a point is called and read in, beside its tag. */
export function labelOf(plant: Plant, point: string, language: 'zh' | 'en'): string {
  const found = plant.pointById.get(point);
  if (!found) return '';
  const measure = found.measure.text === '1' ? '' : ` (${found.measure.text})`;
  return `${found.name[language]}${measure}`;
}

/** Points that can be read, of one unit or of all, in the order of the plant. */
export function readablePoints(plant: Plant, unit: string | undefined): string[] {
  const of = unit === undefined ? undefined : plant.units.get(unit);
  const inUnit = of && unitPoints(plant, of);
  return readable(plant)
    .map(({ value }) => value)
    .filter((id) => unit === undefined || inUnit?.has(id));
}
