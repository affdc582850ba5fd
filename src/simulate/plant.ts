// A plant from a seed: `simulatePlant(seed)` gives the files of a plant folder, readings included, and what is true of it.
// Same seed, same bytes, on any machine. For comparing the engine with the auditor, for testing that ranking finds the
// crews' true effects, and for `crewledger simulate`. It knows the plant format only as text and settles nothing.
import { drawFeeRows, drawPrices, drawSamples } from './books.ts';
import { chanceOf } from './chance.ts';
import {
  dayNumber,
  drawFirstDay,
  drawRoster,
  formatDay,
  formatStamp,
  HOUR,
  monthStart,
  type Roster,
  type Shift,
  type StampStyle,
  ZONES,
  zoneOf,
} from './clockwork.ts';
import { stepOf } from './decimal.ts';
import { drawExclusions, drawOrders, drawStops, drawSwaps } from './facts.ts';
import { drawWishes, type FeatureName, type FeatureOptions, SHOWCASE } from './features.ts';
import { drawTroubles, formatReading, type Reading, readGauges } from './meters.ts';
import { type CrewTruth, type Gauge, type Site, TICK, type Unit } from './model.ts';
import { runUnit } from './process.ts';
import { TRADES } from './trades.ts';
import { drawUnit, runDerivations } from './units.ts';
import { type Row, writeCsv, writeYaml, type YamlMap } from './write.ts';

export interface SimulateOptions extends FeatureOptions {
  /** No hazards, linear constant standards, steady load, so that the true gains can be recovered. */
  readonly clean?: boolean;
  readonly units?: number;
  readonly crews?: 3 | 4 | 5;
  /** At most so many points. Default 12; 6 for each unit beyond two. */
  readonly points?: number;
  readonly days?: number;
  /** Minutes between readings. Default 60 to 240, by seed. */
  readonly periodMinutes?: number;
  /** Never teams that run several units. */
  readonly teamPerUnit?: boolean;
  /** The rotation begins on the first day, so that no shift before it is accounted without readings; else on 2022-01-01. */
  readonly freshRotation?: boolean;
  /** `2022-03-01`; else by seed. */
  readonly firstDay?: string;
}

export type { CrewTruth, FeatureName };

export interface SimulatedPlant {
  readonly files: ReadonlyMap<string, string>;
  readonly truth: {
    readonly crews: Readonly<Record<string, Readonly<Record<string, CrewTruth>>>>;
    /** The features and hazards this plant contains. */
    readonly planted: readonly FeatureName[];
  };
  /** First and last accounting day that the readings cover. */
  readonly from: string;
  readonly to: string;
  /** Instants as of which settling is telling: shortly before and after something became known, in mid-shift, long after. */
  readonly instants: readonly string[];
}

export function simulatePlant(seed: number, options: SimulateOptions = {}): SimulatedPlant {
  const site = drawSite(seed, options);
  const rosters = drawUnits(site, options);
  for (const unit of site.units) {
    drawSwaps(site, unit);
    drawStops(site, unit);
    drawOrders(site, unit);
    runUnit(site, unit);
  }
  runDerivations(site);
  const troubles = drawTroubles(site);
  const readings = readGauges(site, troubles);
  for (const unit of site.units) {
    drawExclusions(
      site,
      unit,
      unit.gauges.flatMap((gauge) => troubles.get(gauge)?.outages ?? []),
    );
    drawSamples(site, unit);
    drawFeeRows(site, unit);
  }
  const priceStep = site.wishes.take('odd-price-step')
    ? site.chance.fork('step').pick(['0.01', '0.005', '0.0005', '0.02'])
    : '0.0001';
  drawPrices(site, stepOf(priceStep));
  const files = new Map([
    ['plant.yaml', writeYaml(plantSections(site, rosters, seed, priceStep, options.teamPerUnit === true))],
  ]);
  for (const [table, rows] of site.tables) files.set(`${table}.csv`, writeTable(site, table, rows));
  writeReadings(site, readings, files);
  return {
    files,
    truth: {
      crews: Object.fromEntries(site.units.map((unit) => [unit.id, unit.crews])),
      planted: [...site.wishes.planted].sort(),
    },
    from: formatDay(site.firstDay),
    to: formatDay(site.lastDay),
    instants: drawInstants(site, readings),
  };
}

/** A plant to look at: so many teams (rounded up to whole units of four crews), a month of hourly readings. */
export const simulateShowcase = (seed: number, teams = 8, days = 31, firstDay?: string): SimulatedPlant => {
  const units = Math.max(1, Math.ceil(teams / 4));
  const size = {
    units,
    crews: 4 as const,
    points: units * 10,
    days,
    periodMinutes: 60,
    teamPerUnit: true,
    freshRotation: true,
  };
  return simulatePlant(seed, { ...size, only: SHOWCASE, ...(firstDay !== undefined && { firstDay }) });
};

/** Leaves out what would blur the effects; the rest of a plain plant stays. */
const CLEAN: FeatureOptions = { only: ['crew-load', 'per-hour-run', 'fees', 'on-the-boundary'] };

function drawSite(seed: number, options: SimulateOptions): Site {
  const { clean = false, crews } = options;
  const crewsChoice: FeatureName[] =
    crews === undefined ? [] : [({ 3: 'three-crews', 4: 'four-crews', 5: 'five-crews' } as const)[crews]];
  const wishes = drawWishes(seed, { ...(clean && CLEAN), ...options, with: [...(options.with ?? []), ...crewsChoice] });
  const chance = chanceOf(seed);
  const size = chance.fork('size');
  const drawnDays = size.yes(0.55) ? size.int(2, 5) : size.yes(0.8) ? size.int(6, 12) : size.int(28, 33);
  const days = options.days ?? drawnDays;
  const zoneName = ZONES[wishes.choice('zone')];
  const firstDay =
    options.firstDay === undefined ? drawFirstDay(wishes, days, chance.fork('first day')) : dayNumber(options.firstDay);
  const lastDay = firstDay + days - 1;
  const zone = zoneOf(zoneName, firstDay - 5, lastDay + 5);
  const style: StampStyle = wishes.take('local-stamps') ? 'local' : wishes.take('utc-stamps') ? 'utc' : 'offset';
  const from = zone.at(firstDay, 0) - 8 * HOUR;
  return {
    wishes,
    zone,
    chance,
    clean,
    from,
    ticks: Math.round((zone.at(lastDay + 1, 0) + 20 * HOUR - from) / TICK),
    firstDay,
    lastDay,
    monthStart: monthStart(wishes),
    periodMinutes: options.periodMinutes ?? (clean ? 60 : size.pick([60, 60, 60, 90, 120, 240])),
    stamp: (at) => formatStamp(at, zone, style),
    units: [],
    points: {},
    flows: {},
    prices: new Map(),
    tables: new Map(),
  };
}

function drawUnits(site: Site, options: SimulateOptions): Roster[] {
  const { wishes } = site;
  const chance = site.chance.fork('units');
  const count = options.units ?? (wishes.take('two-units') ? 2 : 1);
  const changeDay = chance.int(site.firstDay, site.lastDay);
  const firstDay = options.freshRotation ? site.firstDay : dayNumber('2022-01-01');
  const roster = (id: string): Roster => drawRoster(id, wishes, site.zone, chance.fork(id), changeDay, firstDay);
  const rosters = [roster('main')];
  if (count > 1 && wishes.take('unlike-clocks')) rosters.push(roster('other'));
  const trades = chance.shuffle(TRADES);
  const most = options.points ?? Math.max(12, count * 6);
  let used = 0;
  for (let index = 0; index < count; index += 1) {
    const roster = rosters[index % rosters.length]!;
    const shifts: Shift[] = [];
    for (let day = site.firstDay - 1; day <= site.lastDay + 1; day += 1) shifts.push(...roster.shiftsOf(day));
    const room = { left: Math.floor((most - used) / (count - index)) };
    const before = room.left;
    const from = index === 1 && wishes.has('flow') ? site.units[0] : undefined;
    site.units.push(
      drawUnit(
        site,
        trades[index % trades.length]!,
        index + 1,
        roster,
        shifts.sort((a, b) => a.from - b.from),
        room,
        from,
      ),
    );
    used += before - room.left;
  }
  return rosters;
}

// ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function plantSections(
  site: Site,
  rosters: readonly Roster[],
  seed: number,
  priceStep: string,
  teamPerUnit: boolean,
): YamlMap {
  const chance = site.chance.fork('plant');
  const plant: YamlMap = {
    id: `simulated-${seed}`,
    name: { zh: '模拟厂', en: 'Simulated plant' },
    zone: site.zone.name,
  };
  if (priceStep !== '0.0001' || chance.yes(0.2)) plant['price step'] = priceStep;
  if (site.monthStart !== 1) plant['month starts on'] = String(site.monthStart);
  if (chance.yes(0.3)) plant['cut-off'] = chance.pick(['24 h', '72 h', '8 h']);
  if (chance.yes(0.3)) plant.ranking = { 'least hours': '16 h', 'most substituted': '30 %' };
  const sections: YamlMap = { plant };
  if (site.units.some(({ streams }) => JSON.stringify(streams).includes('"bag"')))
    sections['units of measure'] = { bag: '50 kg' };
  const teams = site.wishes.take('teams');
  if (teams)
    sections.organisations = {
      administrative: {
        refinery: { name: { zh: '氧化铝厂', en: 'Refinery' }, kind: 'plant' },
        ...Object.fromEntries(
          site.units.map(({ id, trade }) => [
            `area-${id}`,
            { name: { zh: `${trade.zh}工序`, en: trade.en }, kind: 'workshop', parent: 'refinery' },
          ]),
        ),
      },
      party: {
        committee: { name: { zh: '党委', en: 'Party committee' }, kind: 'committee' },
        'branch-1': { name: { zh: '第一党支部', en: 'Branch 1' }, kind: 'branch', parent: 'committee' },
      },
    };
  sections.clocks = Object.fromEntries(rosters.map(({ id, clock }) => [id, clock]));
  sections.rotations = Object.fromEntries(rosters.map(({ id, rotation }) => [id, rotation]));
  sections.units = Object.fromEntries(
    site.units.map(({ id, keys, streams }) => [id, { ...keys, ...(teams && { organisation: `area-${id}` }), streams }]),
  );
  sections.points = site.points;
  if (Object.keys(site.flows).length > 0) sections.flows = site.flows;
  if (site.units.some(({ flows }) => flows.some(({ keys }) => keys.bands !== undefined)))
    sections.tariffs = {
      tou: {
        bands: { peak: ['08:30-11:30', '18:00-23:00'], valley: ['23:00-07:00'], flat: 'other' },
        ...(chance.yes(0.7) && { profile: { peak: '0.8', flat: '1', valley: '1.2' } }),
      },
    };
  if (teams) sections.teams = teamsOf(site.units, chance.yes(0.5) && !teamPerUnit);
  if (site.units.length > 1 && chance.yes(0.3))
    sections.leagues = { all: { name: { zh: '全厂', en: 'Whole plant' }, units: site.units.map(({ id }) => id) } };
  return sections;
}

/** A team a unit and crew, or teams that run all units of one rotation. */
function teamsOf(units: readonly Unit[], together: boolean): YamlMap {
  const teams: YamlMap = {};
  const groups = together ? [...Map.groupBy(units, ({ roster }) => roster.id).values()] : units.map((unit) => [unit]);
  for (const group of groups)
    for (const [index, crew] of group[0]!.roster.crews.entries()) {
      const { trade, number, id } = group[0]!;
      teams[`${trade.id}-${number}-${crew}`] = {
        name: { zh: `${trade.zh}${number}组${crew}班`, en: `${trade.en} ${number} crew ${'ABCDE'[index]}` },
        crew,
        units: group.map((unit) => unit.id),
        organisation: `area-${id}`,
        party: 'branch-1',
        members: String(9 + index),
        'party members': '3',
      };
    }
  return teams;
}

/** Columns in the order of the format's own list. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  prices: ['item', 'kind', 'from', 'to', 'price'],
  budgets: ['unit', 'stream', 'month', 'amount', 'planned_hours'],
  orders: ['id', 'unit', 'output', 'from', 'to', 'rate', 'recorded_at', 'withdrawn'],
  limits: ['id', 'unit', 'kind', 'output', 'from', 'to', 'rate', 'booked_to', 'recorded_at', 'withdrawn'],
  exclusions: ['id', 'unit', 'from', 'to', 'reason', 'recorded_at', 'approved_by', 'withdrawn'],
  fees: ['id', 'unit', 'stream', 'time', 'amount', 'kind', 'recorded_at'],
  swaps: ['id', 'unit', 'day', 'shift', 'crew', 'recorded_at', 'withdrawn'],
  replacements: ['id', 'point', 'time', 'old_final', 'new_first', 'multiplier', 'recorded_at'],
  confirmations: ['id', 'point', 'time', 'recorded_at'],
  samples: ['id', 'point', 'time', 'kind', 'of', 'from', 'to', 'value', 'k', 'n', 'recorded_at'],
};

function writeTable(site: Site, table: string, rows: readonly Row[]): string {
  const ordered = site.wishes.has('out-of-order') ? site.chance.fork(`rows ${table}`).shuffle(rows) : rows;
  return writeCsv(COLUMNS[table]!, ordered);
}

function writeReadings(site: Site, readings: readonly Reading[], files: Map<string, string>): void {
  const { wishes, stamp } = site;
  const chance = site.chance.fork('arrival');
  const gauges = new Map(site.units.flatMap((unit) => unit.gauges).map((gauge): [string, Gauge] => [gauge.id, gauge]));
  const ordered = wishes.take('out-of-order') ? chance.shuffle(readings) : [...readings].sort((a, b) => a.at - b.at);
  const rows = ordered.map((reading) => ({
    point: reading.point,
    time: stamp(reading.at),
    value: formatReading(reading, gauges.get(reading.point)!),
    quality: reading.quality,
    learnt_at: reading.learnt === reading.at ? '' : stamp(reading.learnt),
  }));
  const columns = ['point', 'time', 'value', 'quality', 'learnt_at'];
  const cut = wishes.take('several-files') ? chance.int(0, rows.length) : rows.length;
  files.set('readings.csv', writeCsv(columns, rows.slice(0, cut)));
  if (cut < rows.length) files.set('readings-later.csv', writeCsv(columns, rows.slice(cut)));
}

function drawInstants(site: Site, readings: readonly Reading[]): string[] {
  const chance = site.chance.fork('instants');
  const shifts = site.units[0]!.shifts;
  const shift = chance.pick(shifts);
  const late = readings.filter(({ at, learnt }) => learnt > at).map(({ learnt }) => learnt);
  const told = late.length > 0 ? chance.pick(late) : shift.to;
  const at = [(shift.from + shift.to) / 2, shift.to, told - 1, told, shifts[shifts.length - 1]!.to + 30 * 24 * HOUR];
  return at.map((instant) => formatStamp(Math.floor(instant), site.zone, 'offset'));
}
