// From the shape of a plant's text to the plant: resolves references, compiles formulas, puts every number on its step.
// It reports all mistakes it can find and builds only when there are none.
//
//   reader.ts  a value at a path      clocks.ts, points.ts, units.ts, standards.ts, sources.ts  sections of their own
import { HOUR_MS, MEASURES, multiply, ONE, parseDecimal, parseMeasure, ratio } from '../quantity.ts';
import { zoneOf } from './calendar.ts';
import { buildClock, buildRotation, buildTariff } from './clocks.ts';
import type { Document } from './document.ts';
import type { League, Name, Organisation, Plant, Team, Unit } from './model.ts';
import { buildPoints } from './points.ts';
import type { Problems } from './problem.ts';
import { list, map, type Path, QUANTITY, Reader, text, truth } from './reader.ts';
import { buildSource } from './sources.ts';
import { buildUnit } from './units.ts';

/** Everything of a plant but its tables. */
export type Structure = Omit<Plant, 'prices' | 'budgets' | 'hash'>;

/** `places`: the digits after the point that multipliers of a point's replacements have. */
export function buildStructure(
  document: Document,
  places: ReadonlyMap<string, number>,
  problems: Problems,
): Structure | undefined {
  const read = new Reader(document, places, problems);
  buildMeasures(read);
  const zone = zoneOf(text(read.at(['plant', 'zone'])) ?? '');
  if (!zone) read.error('bad-zone', ['plant', 'zone'], { found: text(read.at(['plant', 'zone'])) ?? '' });
  const priceStep = read.step(['plant', 'price step'], '0.0001');
  const startsOn = Number(text(read.at(['plant', 'month starts on'])) ?? '1');
  if (!Number.isInteger(startsOn) || startsOn < 1 || startsOn > 28)
    read.error('bad-choice', ['plant', 'month starts on'], {
      found: String(startsOn),
      choices: '1 … 28',
      nearest: '',
    });
  const clocks = read.each(['clocks'], (id, path) => buildClock(read, id, path));
  const rotations = read.each(['rotations'], (id, path) => buildRotation(read, id, path, clocks));
  buildPoints(read);
  const flows = read.each(['flows'], (id, path) => {
    const point = read.reference([...path, 'point'], 'point', read.points.keys());
    return point
      ? {
          id,
          name: read.name(path, id),
          point,
          check: read.reference([...path, 'check'], 'point', read.points.keys()),
        }
      : undefined;
  });
  const tariffs = read.each(['tariffs'], (id, path) => buildTariff(read, id, path));
  const organisations = (line: string): Map<string, Organisation> =>
    read.each(['organisations', line], (id, path) => {
      const parent = read.reference(
        [...path, 'parent'],
        'organisation',
        Object.keys(map(read.at(['organisations', line]))),
      );
      return { id, name: read.name(path, id), kind: text(read.at([...path, 'kind'])) ?? '', parent };
    });
  const administrative = organisations('administrative');
  const party = organisations('party');
  checkParents(read, 'administrative', administrative);
  checkParents(read, 'party', party);
  const units = read.each(['units'], (id, path) =>
    buildUnit(read, id, path, rotations, flows, tariffs, administrative),
  );
  const teams = read.each(['teams'], (id, path) => buildTeam(read, id, path, units, administrative, party));
  const leagues = read.each(['leagues'], (id, path): League => {
    const members = list(read.at([...path, 'units'])).map((_, i) =>
      read.reference([...path, 'units', i], 'unit', units.keys()),
    );
    return {
      id,
      name: read.name(path, id),
      units: members.filter((x) => x !== undefined),
      unlike: truth(read.at([...path, 'unlike']), false),
    };
  });
  const sources = zone ? read.each(['sources'], (id, path) => buildSource(read, id, path, zone)) : new Map();
  const shiftNames = new Map<string, Name>();
  for (const clock of clocks.values())
    for (const shift of clock.shifts)
      shiftNames.set(shift.code, read.name(['clocks', clock.id, 'shifts', shift.code], shift.code));
  const id = text(read.at(['plant', 'id'])) ?? '';
  if (read.problems.failed || !zone || !priceStep) return undefined;
  return {
    id,
    name: read.name(['plant'], id),
    zone,
    priceStep,
    monthStartsOn: startsOn,
    cutOffMs: read.durationMs(['plant', 'cut-off']) ?? 72 * HOUR_MS,
    leastHours: ratio(read.durationMs(['plant', 'ranking', 'least hours']) ?? 0, HOUR_MS),
    mostSubstituted: read.percent(['plant', 'ranking', 'most substituted']) ?? ratio(1, 5),
    measures: read.measures,
    administrative,
    party,
    clocks,
    shiftNames,
    units,
    points: [...read.points.values()],
    pointById: read.points,
    flows,
    teams,
    leagues,
    sources,
  };
}

function buildMeasures(read: Reader): void {
  for (const id of Object.keys(map(read.at(['units of measure'])))) {
    const path = ['units of measure', id];
    const found = text(read.at(path)) ?? '';
    if (MEASURES.has(id)) read.error('duplicate-id', path, { id, what: '' });
    else if (found === 'new') read.measures.set(id, { text: id, factor: ONE, dimensions: new Map([[id, 1]]) });
    else {
      const [, digits = '', unit = ''] = QUANTITY.exec(found) ?? [];
      const number = parseDecimal(digits);
      const of = parseMeasure(unit, read.measures);
      if (!number || number.n <= 0n) read.error('bad-quantity', path, { found, wanted: '' });
      else if (!of) read.unknownMeasure(path, unit);
      else read.measures.set(id, { text: id, factor: multiply(number, of.factor), dimensions: of.dimensions });
    }
  }
}

function buildTeam(
  read: Reader,
  id: string,
  path: Path,
  units: ReadonlyMap<string, Unit>,
  administrative: ReadonlyMap<string, Organisation>,
  party: ReadonlyMap<string, Organisation>,
): Team {
  const members = list(read.at([...path, 'units'])).map((_, i) =>
    read.reference([...path, 'units', i], 'unit', units.keys()),
  );
  const crew = text(read.at([...path, 'crew'])) ?? '';
  for (const member of members) {
    const periods = units.get(member ?? '')?.rotation.periods ?? [];
    const crews = new Set(periods.flatMap((p) => p.crews));
    if (member !== undefined) read.checkReference([...path, 'crew'], crew, 'crew', crews);
  }
  const count = (key: string): number => {
    const found = text(read.at([...path, key])) ?? '0';
    if (!/^\d{1,6}$/.test(found)) read.error('bad-decimal', [...path, key], { found });
    return Number(found);
  };
  return {
    id,
    name: read.name(path, id),
    crew,
    units: members.filter((x) => x !== undefined),
    organisation: read.reference([...path, 'organisation'], 'organisation', administrative.keys()),
    party: read.reference([...path, 'party'], 'organisation', party.keys()),
    members: count('members'),
    partyMembers: count('party members'),
  };
}

function checkParents(read: Reader, line: string, nodes: ReadonlyMap<string, Organisation>): void {
  for (const start of nodes.values()) {
    let at: Organisation | undefined = start;
    for (let n = 0; at; n += 1) {
      if (n > nodes.size) {
        read.error('cycle', ['organisations', line, start.id, 'parent'], { chain: start.id });
        return;
      }
      at = at.parent === undefined ? undefined : nodes.get(at.parent);
    }
  }
}
