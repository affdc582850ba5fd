// Standards as text, and the same standard as a function by which the process runs.
import type { Chance } from './chance.ts';
import { formatDay } from './clockwork.ts';
import { fixed } from './decimal.ts';
import type { Flow, Site, Stock, Term, Unit } from './model.ts';
import type { Yaml, YamlMap } from './write.ts';

/** Load points of a curve, as shares of the budget load, and the coefficient there as a share of that at budget. */
const BEND = [
  [0.55, 1.08],
  [0.85, 1.015],
  [1.04, 0.995],
  [1.25, 1.02],
] as const;

interface Drawn {
  readonly text: Yaml;
  readonly value: Term['coefficient'];
}

function curveOfLoad(unit: Unit, base: number, places: number): { at: YamlMap; value: (load: number) => number } {
  const budget = unit.flows[0]!.rate;
  const points = BEND.map(([share, factor]) => [Math.round(budget * share), base * factor] as const);
  return {
    at: Object.fromEntries(points.map(([x, y]) => [String(x), fixed(y, places)])),
    value(load) {
      const next = points.findIndex(([x]) => x >= load);
      if (next === 0) return points[0]![1];
      if (next < 0) return points[points.length - 1]![1];
      const [x1, y1] = points[next - 1]!;
      const [x2, y2] = points[next]!;
      return y1 + ((y2 - y1) * (load - x1)) / (x2 - x1);
    },
  };
}

const step = (places: number, chance: Chance): YamlMap =>
  chance.yes(0.6) ? { step: chance.pick(['0.001', '0.0002', '0.00001', '0.0005'].slice(places > 3 ? 1 : 0)) } : {};

function drawFormula(unit: Unit, flow: Flow, driver: Flow, base: number, chance: Chance): Drawn {
  const places = flow.item.places;
  const measure = `${flow.item.unit}/${driver.item.unit}`;
  const loadMeasure = `${unit.flows[0]!.item.unit}/h`;
  const budget = Math.round(unit.flows[0]!.rate);
  const low = fixed(base * 0.98, places);
  const high = fixed(base * 1.02, places);
  const bend = `bend${unit.flows.indexOf(flow)}`;
  const forms = ['step', 'slope', 'bend', 'bend', 'hours', ...(unit.temperature ? ['temp', 'temp', 'both'] : [])];
  const form = chance.pick(forms);
  const declareBend = (): ((load: number) => number) => {
    const { at, value } = curveOfLoad(unit, base, places);
    unit.keys.curves ??= {};
    (unit.keys.curves as YamlMap)[bend] = { of: 'load', unit: measure, at, ...step(places, chance) };
    return value;
  };
  if (form === 'slope')
    return {
      text: `${fixed(base, places)} ${measure} * (1 - 0.08 * (load / (${budget} ${loadMeasure}) - 1))`,
      value: (load) => base * (1 - 0.08 * (load / budget - 1)),
    };
  if (form === 'bend') {
    const value = declareBend();
    return chance.yes(0.5)
      ? { text: `${bend}(load) * 1.02`, value: (load) => value(load) * 1.02 }
      : { text: `MAX(${low}, MIN(${bend}(load), ${high}))`, value: (load) => value(load) };
  }
  if (form === 'hours') return { text: `IF(hours < 4 h, ${high}, ${low})`, value: () => base };
  if (form === 'temp')
    return {
      text: `IF(temp > 20 degC, ${high}, ${low})`,
      value: (_, temperature) => base * (temperature > 20 ? 1.02 : 0.98),
    };
  if (form === 'both')
    return {
      text: `IF(AND(temp <= 18.5 degC, load >= ${budget} ${loadMeasure}), ${low}, ${high})`,
      value: (load, temperature) => base * (temperature <= 18.5 && load >= budget ? 0.98 : 1.02),
    };
  return {
    text: `IF(load < ${budget} ${loadMeasure}, ${high}, ${low})`,
    value: (load) => base * (load < budget ? 1.02 : 0.98),
  };
}

function drawCoefficient(site: Site, unit: Unit, flow: Flow, driver: Flow, base: number, chance: Chance): Drawn {
  const { wishes } = site;
  const places = flow.item.places;
  if (wishes.has('formula-standard') && chance.yes(0.45)) {
    wishes.plant('formula-standard');
    const { text, value } = drawFormula(unit, flow, driver, base, chance);
    return { text: { formula: text, ...step(places, chance) }, value };
  }
  if (wishes.has('curve') && chance.yes(0.55)) {
    wishes.plant('curve');
    if (unit.temperature && chance.yes(0.35)) {
      const at = { '5': fixed(base * 1.03, places), '20': fixed(base, places), '32': fixed(base * 0.99, places) };
      return { text: { curve: 'temp', at, ...step(places, chance) }, value: (_, t) => base * (1 + (20 - t) * 0.002) };
    }
    const { at, value } = curveOfLoad(unit, base, places);
    return { text: { curve: 'load', at, ...step(places, chance) }, value };
  }
  const text = fixed(base, places);
  const exact = Number(text);
  return { text, value: () => exact };
}

/** Gives an input or by-product its standard: text into its keys, terms for the process. */
export function drawStandard(
  site: Site,
  unit: Unit,
  flow: Flow,
  drivers: readonly Flow[],
  stock: Stock | undefined,
): void {
  const { wishes } = site;
  const chance = site.chance.fork(`standard ${unit.id} ${flow.id}`);
  const fixedShare = wishes.has('per-hour-run') && chance.yes(0.7) ? 0.1 : 0;
  const main = drivers[0]!;
  const base = (flow.rate * (1 - fixedShare)) / main.rate;
  const standard: YamlMap = {};
  for (const [index, driver] of drivers.entries()) {
    if (index > 0 && !chance.yes(0.7)) continue;
    const drawn = drawCoefficient(site, unit, flow, driver, index === 0 ? base : base * 0.3, chance);
    standard[driver.id] = drawn.text;
    flow.terms.push({ of: driver, coefficient: drawn.value });
  }
  if (stock && chance.yes(0.85)) {
    const text = fixed(base * stock.completion, flow.item.places);
    const exact = Number(text);
    standard[stock.id] = text;
    flow.terms.push({ of: stock, coefficient: () => exact });
  }
  if (fixedShare > 0) {
    wishes.plant('per-hour-run');
    const text = fixed(flow.rate * fixedShare, Math.min(2, flow.item.places));
    standard['per hour run'] = text;
    flow.fixed = Number(text);
  }
  if (wishes.has('grain') && chance.yes(0.6)) {
    wishes.plant('grain');
    standard.grain = chance.pick(['1 h', '1 h', '2 h', '30 min', '4 h']);
  }
  if (wishes.has('dated-standard') && chance.yes(0.6) && site.lastDay > site.firstDay) {
    wishes.plant('dated-standard');
    const later: YamlMap = { ...standard, [main.id]: fixed(base * 0.99, flow.item.places) };
    flow.keys.standard = [
      { from: '2022-01-01', ...standard },
      { from: formatDay(chance.int(site.firstDay, site.lastDay)), ...later },
    ];
  } else flow.keys.standard = standard;
}
