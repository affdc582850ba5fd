// The refinery as plant.yaml and prices.csv.
import { type Row, writeCsv, writeYaml, type Yaml, type YamlMap } from '../../src/simulate/write.ts';
import {
  ACTUAL_PRICES,
  type Area,
  type Coefficient,
  HYDRATE_TRANSFER,
  type InputSpec,
  PRICES,
  TRADES,
} from './areas.ts';
import { CLEANING_ACCRUAL, CLEANING_UNIT, FIXED_CARBON_UNIT } from './cases.ts';
import { type Chosen, LETTERS, type ProcessUnit, type SupportUnit } from './catalogue.ts';
import { ROTATIONS, rosterSections } from './roster.ts';
import { HIRE, LABOUR_PER_YUAN, PARTS } from './support.ts';

const HEAD = `# A SYNTHETIC alumina refinery (虚构的氧化铝厂): teams, meters and people are drawn from a seed. Prices without a source are
# from memory and marked so below; README.md beside the generator tells what was reported and what was made up.
#
# Plan prices marked S are published, C computed from published figures, M from memory:
`;

const name = (zh: string, en: string): YamlMap => ({ zh, en });

const CENTRES: Readonly<Record<string, YamlMap>> = {
  'centre-1': name('原料溶出中心', 'Raw-material and digestion centre'),
  'centre-2': name('分解蒸发焙烧中心', 'Precipitation, evaporation and calcination centre'),
  'centre-3': name('精细氧化铝中心', 'Fine-alumina centre'),
  'centre-4': name('热电中心', 'Power and steam centre'),
  'centre-5': name('矿山检修中心', 'Mining and maintenance centre'),
};

/** Branch: its name and the committee or general branch it belongs to. */
const BRANCHES: Readonly<Record<string, readonly [string, string, string]>> = {
  'branch-raw': ['原料党支部', 'Raw-material branch', 'committee-alumina'],
  'branch-digestion': ['溶出党支部', 'Digestion branch', 'committee-alumina'],
  'branch-washing': ['沉降党支部', 'Washing branch', 'committee-alumina'],
  'branch-precipitation': ['分解党支部', 'Precipitation branch', 'committee-alumina'],
  'branch-evaporation': ['蒸发党支部', 'Evaporation branch', 'committee-alumina'],
  'branch-calcination': ['焙烧党支部', 'Calcination branch', 'committee-alumina'],
  'branch-fine': ['精细产品党支部', 'Fine-products branch', 'committee-fine'],
  'branch-power': ['锅炉党支部', 'Boiler branch', 'general-branch-power'],
  'branch-mine': ['矿山党支部', 'Mine branch', 'committee-mine'],
  'branch-mechanical': ['机修党支部', 'Mechanical-repair branch', 'general-branch-repair'],
  'branch-electrical': ['电仪通信党支部', 'Electrical and communications branch', 'general-branch-repair'],
};
const UPPER: Readonly<Record<string, readonly [string, string, string, string]>> = {
  'committee-alumina': ['氧化铝党委', 'Alumina committee', 'committee', 'committee'],
  'committee-fine': ['精细氧化铝党委', 'Fine-alumina committee', 'committee', 'committee'],
  'committee-mine': ['矿山检修党委', 'Mining and maintenance committee', 'committee', 'committee'],
  'general-branch-power': ['热电党总支', 'Power general branch', 'general branch', 'committee'],
  'general-branch-repair': ['检修党总支', 'Repair general branch', 'general branch', 'committee-mine'],
};

export function plantText(chosen: Chosen): string {
  const { processes, supports } = chosen;
  const areas = [...new Set(processes.map(({ area }) => area))];
  const trades = TRADES.filter((trade) => supports.some((unit) => unit.trade === trade));
  const units: YamlMap = {};
  const points: YamlMap = {};
  const flows: YamlMap = {};
  for (const unit of processes) units[unit.id] = processText(unit, chosen, points, flows);
  for (const unit of supports) units[unit.id] = supportText(unit, points);
  const used = new Set(processes.map(({ rotation }) => rotation));
  const rotations = (['four', 'twelve', 'eight', 'five', 'two-shift'] as const).filter((id) => used.has(id));
  const legend = PRICES.filter(([item]) => itemsOf(chosen).has(item)).map(
    ([item, yuan, mark]) => `${item} ${yuan} ${mark}`,
  );
  const sections: YamlMap = {
    plant: {
      id: 'refinery',
      name: name('虚构氧化铝厂', 'Synthetic alumina refinery'),
      zone: 'Asia/Shanghai',
      ranking: { 'least hours': '0 h', 'most substituted': '20 %' },
    },
    organisations: {
      administrative: {
        refinery: { name: name('氧化铝厂', 'Refinery'), kind: 'plant' },
        ...pick(CENTRES, [...areas.map((a) => a.centre), ...trades.map((t) => t.centre)], (centre) => ({
          name: centre,
          kind: 'centre',
          parent: 'refinery',
        })),
        ...Object.fromEntries(areas.map((a) => [a.id, workshop(a)])),
        ...Object.fromEntries(trades.map((t) => [t.slug, workshop(t)])),
      },
      party: partyText([...areas, ...trades].map(({ branch }) => branch)),
    },
    ...rosterSections([...rotations, ...(supports.length > 0 ? (['day'] as const) : [])]),
    units,
    points,
    ...(Object.keys(flows).length > 0 && { flows }),
    teams: teamsText(chosen),
    ...leaguesText(chosen),
  };
  return `${HEAD}${wrap(legend)}\n${writeYaml(sections)}`;
}

function wrap(words: readonly string[]): string {
  let text = '';
  for (let i = 0; i < words.length; i += 6) text += `#   ${words.slice(i, i + 6).join(', ')}\n`;
  return text;
}

const workshop = ({ zh, en, centre }: { zh: string; en: string; centre: string }): YamlMap => ({
  name: name(zh, en),
  kind: 'workshop',
  parent: centre,
});

const pick = (
  from: Readonly<Record<string, YamlMap>>,
  ids: readonly string[],
  of: (one: YamlMap) => YamlMap,
): YamlMap =>
  Object.fromEntries(Object.entries(from).flatMap(([id, one]) => (ids.includes(id) ? [[id, of(one)]] : [])));

function partyText(branches: readonly string[]): YamlMap {
  const out: YamlMap = { committee: { name: name('公司党委', 'Company committee'), kind: 'committee' } };
  const own = Object.entries(BRANCHES).filter(([id]) => branches.includes(id));
  const parents = new Set(own.map(([, [, , parent]]) => parent));
  if (parents.has('general-branch-repair')) parents.add('committee-mine');
  for (const [id, [zh, en, kind, parent]] of Object.entries(UPPER))
    if (parents.has(id)) out[id] = { name: name(zh, en), kind, parent };
  for (const [id, [zh, en, parent]] of own) out[id] = { name: name(zh, en), kind: 'branch', parent };
  return out;
}

// ── units ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function processText(unit: ProcessUnit, chosen: Chosen, points: YamlMap, flows: YamlMap): YamlMap {
  const { area, code, number } = unit;
  const { output } = area;
  const joined = unit.partner !== undefined && chosen.processes.includes(unit.partner);
  const flow = joined ? `hydrate-${number}` : undefined;
  const streams: YamlMap = {};
  points[`WT-${code}`] = counter(output.unit, output.step);
  if (area.flow && flow !== undefined)
    flows[flow] = { name: name(`${number}号氢氧化铝`, `Hydrate ${number}`), point: `WT-${code}` };
  streams[output.id] = {
    name: name(output.zh, output.en),
    role: 'output',
    unit: output.unit,
    ...(area.flow && flow !== undefined ? { flow } : { point: `WT-${code}` }),
    budget: `${output.rate} ${output.unit}/h`,
  };
  for (const input of area.inputs) streams[input.id] = inputText(input, unit, flow, points);
  if (area.stock) {
    const { id, zh, en, perMetre, completion } = area.stock;
    points[`LT-${code}`] = { kind: 'level', unit: 'm', step: '0.01', gap: '1 h' };
    streams[id] = {
      name: name(zh, en),
      role: 'stock',
      unit: 't',
      point: `LT-${code}`,
      quantity: `level * ${perMetre} t/m`,
      step: '0.001',
      makes: output.id,
      completion,
    };
  }
  if (area.quality && (area.id !== 'raw-meal' || unit.id === FIXED_CARBON_UNIT)) {
    const { id, zh, en, unit: measure, step, window, premium, delay } = area.quality;
    points[`LAB-${code}`] = { kind: 'sample', unit: measure, step, delay };
    streams[id] = {
      name: name(zh, en),
      role: 'quality',
      of: output.id,
      point: `LAB-${code}`,
      window: [...window],
      premium,
      step: '0.0001',
    };
  }
  streams.materials = { name: name('材料', 'Materials'), role: 'fee', budget: `${area.materials} yuan/h` };
  if (unit.id === CLEANING_UNIT)
    streams['acid-cleaning'] = {
      name: name('酸洗', 'Acid cleaning'),
      role: 'fee',
      periodic: `${CLEANING_ACCRUAL} yuan/h`,
    };
  points[`RUN-${code}`] = counter('h', '0.01');
  const conditions: YamlMap = {};
  if (area.temp) {
    points[`TT-${code}`] = { kind: 'level', unit: 'degC', step: '0.1', gap: '1 h' };
    conditions.temp = { name: name('环境温度', 'Ambient temperature'), point: `TT-${code}`, budget: '15 degC' };
  }
  if (area.grade) {
    points[`LAB-ORE-${code}`] = { kind: 'sample', unit: '1', step: '0.01' };
    conditions.grade = { name: name('矿石铝硅比', 'Ore alumina to silica'), point: `LAB-ORE-${code}`, budget: '5.5' };
  }
  return {
    name: name(unitName(unit)[0], unitName(unit)[1]),
    organisation: area.id,
    rotation: unit.rotation,
    'load set by': area.loadByCrew ? 'crew' : 'dispatch',
    'hours run': { point: `RUN-${code}` },
    ...(Object.keys(conditions).length > 0 && { conditions }),
    streams,
  };
}

const NUMERALS = ['', '一', '二', '三', '四', '五', '六', '七', '八'];
const unitName = ({ id, area, number }: ProcessUnit): [string, string] =>
  id === CLEANING_UNIT
    ? ['蒸发新三组', 'Evaporation new group 3']
    : [`${area.zh}${NUMERALS[number]}组`, `${area.en} ${number}`];

function inputText(input: InputSpec, unit: ProcessUnit, flow: string | undefined, points: YamlMap): YamlMap {
  const { area, code } = unit;
  const { id, zh, en, unit: measure, per, perStock, fixed, mix } = input;
  const joined = input.flow !== undefined && flow !== undefined;
  const point = `${id === 'power' ? 'JQ' : `FQ-${id.toUpperCase()}`}-${code}`;
  if (!joined) points[point] = { ...counter(measure, input.step), ...registerText(input, area) };
  const standard: YamlMap = { [area.output.id]: coefficientText(per) };
  if (perStock !== undefined && area.stock) standard[area.stock.id] = perStock;
  if (fixed !== undefined) standard['per hour run'] = fixed;
  return {
    name: name(zh, en),
    role: input.byProduct ? 'by-product' : 'input',
    unit: measure,
    ...(joined ? { flow } : { point }),
    standard,
    ...(mix !== undefined && { mix }),
  };
}

const counter = (unit: string, step: string): YamlMap => ({ kind: 'counter', unit, step, gap: '1 h' });

function registerText(input: InputSpec, area: Area): YamlMap {
  if (input.multiplier !== undefined) return { multiplier: String(input.multiplier) };
  if (input.rollover === undefined) return {};
  const per = typeof input.per === 'string' ? Number(input.per) : Math.max(...input.per.at.map(([, y]) => y));
  const most = Math.ceil(per * area.output.rate * 3);
  return { rollover: String(input.rollover), 'greatest rate': `${most} ${input.unit}/h` };
}

function coefficientText(per: Coefficient): Yaml {
  if (typeof per === 'string') return per;
  const at: YamlMap = {};
  for (const [x, y] of per.at) at[String(x)] = String(y);
  return { curve: per.of, at, step: '0.00001' };
}

function supportText({ code, trade, number }: SupportUnit, points: YamlMap): YamlMap {
  points[`JOB-${code}`] = { kind: 'batch', unit: 'yuan', step: '0.01', confirmed: 'yes' };
  points[`LAB-H-${code}`] = { kind: 'manual', form: 'figure', unit: 'h', step: '0.1' };
  return {
    name: name(`${trade.zh}${number}班`, `${trade.en} ${number}`),
    organisation: trade.slug,
    rotation: 'day',
    'load set by': 'crew',
    streams: {
      jobs: {
        name: name('自修产值（免除的外委报价）', 'Quotes avoided'),
        role: 'output',
        unit: 'yuan',
        point: `JOB-${code}`,
        budget: `${trade.jobs} yuan/h`,
      },
      labour: {
        name: name('工时', 'Own labour'),
        role: 'input',
        unit: 'h',
        point: `LAB-H-${code}`,
        standard: { jobs: LABOUR_PER_YUAN },
      },
      parts: { name: name('备件材料', 'Parts'), role: 'fee', budget: `${PARTS} yuan/h` },
      hire: { name: name('机具租赁', 'Hire'), role: 'fee', budget: `${HIRE} yuan/h` },
    },
  };
}

function teamsText({ processes, supports }: Chosen): YamlMap {
  const teams: YamlMap = {};
  for (const unit of processes) {
    const [zh, en] = unitName(unit);
    for (const team of unit.teams) {
      const crew = ROTATIONS[unit.rotation].crews[team.crew]!;
      teams[team.id] = {
        name: name(`${zh}${crew}班`, `${en} crew ${LETTERS[team.crew]}`),
        crew,
        units: [unit.id],
        organisation: unit.area.id,
        party: unit.area.branch,
        members: String(team.members),
        'party members': String(team.partyMembers),
      };
    }
  }
  for (const { id, trade, number, team } of supports)
    teams[team.id] = {
      name: name(`${trade.zh}${number}班`, `${trade.en} ${number}`),
      crew: '班',
      units: [id],
      organisation: trade.slug,
      party: trade.branch,
      members: String(team.members),
      'party members': String(team.partyMembers),
    };
  return teams;
}

/** Repair teams of one trade, and boilers, have equal budgets and standards: each is one league. */
function leaguesText({ processes, supports }: Chosen): YamlMap {
  const leagues: YamlMap = {};
  const boilers = processes.filter(({ area }) => area.id === 'boiler');
  if (boilers.length > 1) leagues.boilers = { name: name('锅炉', 'Boilers'), units: boilers.map(({ id }) => id) };
  for (const { slug, zh, en } of TRADES) {
    const own = supports.filter(({ trade }) => trade.slug === slug);
    if (own.length > 1) leagues[slug] = { name: name(zh, en), units: own.map(({ id }) => id) };
  }
  return Object.keys(leagues).length > 0 ? { leagues } : {};
}

// ── prices ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function itemsOf({ processes, supports }: Chosen): Set<string> {
  const items = new Set(processes.flatMap(({ area }) => [area.output.id, ...area.inputs.map(({ id }) => id)]));
  if (supports.length > 0) for (const item of ['jobs', 'labour']) items.add(item);
  return items;
}

export function priceTable(chosen: Chosen): string {
  const used = itemsOf(chosen);
  const rows: Row[] = [];
  for (const [item, yuan] of PRICES)
    if (used.has(item)) rows.push({ item, kind: 'plan', from: '2022-01-01', price: yuan });
  if (used.has('hydrate'))
    for (const kind of ['plan', 'transfer'])
      rows.push({ item: 'hydrate', kind, from: '2022-01-01', price: HYDRATE_TRANSFER });
  for (const [item, from, yuan] of ACTUAL_PRICES)
    if (used.has(item)) rows.push({ item, kind: 'actual', from, price: yuan });
  return writeCsv(['item', 'kind', 'from', 'price'], rows);
}
