// What the synthetic refinery is made of: areas with their units, streams, standards and prices. Figures marked S are
// reported somewhere public, C computed from such, M typed from memory for this example only (README.md lists them).

/** `[argument, value]` points of a curve, linear between, clipped outside. */
export interface Curve {
  readonly of: 'load' | 'temp' | 'grade';
  readonly at: readonly (readonly [number, number])[];
}
export type Coefficient = string | Curve;

export interface OutputSpec {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly unit: string;
  readonly step: string;
  /** Budget per hour. */
  readonly rate: number;
}

export interface InputSpec {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly unit: string;
  readonly step: string;
  /** Per unit of the main output. */
  readonly per: Coefficient;
  readonly perStock?: string;
  /** Per hour run. */
  readonly fixed?: string;
  readonly mix?: string;
  readonly byProduct?: true;
  /** Of power meters: behind current transformers. */
  readonly multiplier?: number;
  /** Modulus of the register. */
  readonly rollover?: number;
  /** The flow of this name and number: the other unit's output is this unit's input. */
  readonly flow?: 'hydrate';
  /** How far the crews' true use lies from the standard before any programme, as a share; default 0. */
  readonly bias?: number;
}

export interface QualitySpec {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly unit: string;
  readonly step: string;
  readonly window: readonly [string, string];
  readonly premium: string;
  readonly perShift: number;
  /** Share of samples inside the window, before the programme. */
  readonly inside: number;
  readonly delay: string;
}

export interface StockSpec {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly perMetre: string;
  readonly completion: string;
}

export type RotationId = 'four' | 'twelve' | 'eight' | 'five' | 'two-shift' | 'day';
export type Trade = 'mine service' | 'mechanical' | 'electrical' | 'instrument' | 'general' | 'communications';

export interface Area {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly centre: string;
  readonly branch: string;
  /** First month of the programme: 1 the pilot, then the waves. */
  readonly wave: number;
  /** One unit each, with the rotation it runs on. */
  readonly rotations: readonly RotationId[];
  readonly output: OutputSpec;
  readonly inputs: readonly InputSpec[];
  readonly loadByCrew?: true;
  readonly flow?: 'hydrate';
  readonly temp?: true;
  readonly grade?: true;
  readonly quality?: QualitySpec;
  readonly stock?: StockSpec;
  /** Yuan an hour. */
  readonly materials: number;
  /** Dispatch orders a month, about. */
  readonly orders?: number;
}

/** Plan prices of 2022, yuan per unit, with where they come from. */
export const PRICES: readonly (readonly [string, string, 'S' | 'C' | 'M'])[] = [
  ['alumina', '2950', 'S'], // 2,850–3,000 in June 2022, peak 3,200–3,300 in February
  ['power', '0.4620', 'C'],
  ['bauxite', '415', 'C'],
  ['lime', '330', 'S'],
  ['caustic', '3650', 'M'],
  ['gas', '3.50', 'M'],
  ['steam', '180', 'M'],
  ['water', '4.00', 'M'],
  ['return-water', '1.20', 'M'],
  ['coal', '950', 'M'],
  ['anthracite', '1150', 'M'],
  ['iron-powder', '320', 'M'],
  ['red-mud', '15', 'M'],
  ['limestone', '62', 'M'],
  ['soda', '2600', 'M'],
  ['flocculant', '22', 'M'],
  ['balls', '6.20', 'M'],
  ['diesel', '8.10', 'M'],
  ['explosive', '9.50', 'M'],
  ['raw-meal', '410', 'M'],
  ['slurry', '445', 'M'],
  ['dissolved', '1720', 'M'],
  ['washed-mud', '36', 'M'],
  ['liquor-alumina', '2280', 'M'],
  ['evaporated', '58', 'M'],
  ['fine-alumina', '4800', 'M'],
  ['boiler-steam', '172', 'M'],
  ['ash', '-18', 'M'],
  ['ore', '16', 'M'],
  ['jobs', '1.00', 'M'],
  ['labour', '62', 'M'],
];
export const HYDRATE_TRANSFER = '1650';

/** Actual prices that differ, from a month on. */
export const ACTUAL_PRICES: readonly (readonly [string, string, string])[] = [
  ['alumina', '2022-01-01', '2980'],
  ['alumina', '2022-02-01', '3250'],
  ['alumina', '2022-04-01', '3050'],
  ['alumina', '2022-06-01', '2925'],
  ['power', '2022-01-01', '0.4575'],
  ['power', '2022-07-01', '0.4710'],
  ['gas', '2022-01-01', '3.72'],
  ['gas', '2022-05-01', '3.28'],
  ['coal', '2022-01-01', '985'],
  ['caustic', '2022-01-01', '3480'],
  ['caustic', '2022-06-01', '3990'],
  ['bauxite', '2022-01-01', '421'],
];

const power = (per: string, fixed?: string): InputSpec => ({
  id: 'power',
  zh: '电',
  en: 'Power',
  unit: 'kWh',
  step: '0.01',
  multiplier: 40,
  per,
  ...(fixed !== undefined && { fixed }),
});

export const AREAS: readonly Area[] = [
  {
    id: 'evaporation',
    zh: '蒸发',
    en: 'Evaporation',
    centre: 'centre-2',
    branch: 'branch-evaporation',
    wave: 1,
    rotations: ['four', 'twelve', 'four', 'eight'],
    output: { id: 'evaporated', zh: '蒸水量', en: 'Water evaporated', unit: 't', step: '0.001', rate: 106 },
    inputs: [
      {
        id: 'steam',
        zh: '蒸汽',
        en: 'Steam',
        unit: 't',
        step: '0.001',
        rollover: 100_000,
        per: {
          of: 'load',
          at: [
            [60, 0.29],
            [90, 0.272],
            [110, 0.265],
            [130, 0.27],
          ],
        },
        perStock: '0.1080',
      },
      { ...power('3.10', '150'), perStock: '1.24' },
    ],
    loadByCrew: true,
    stock: { id: 'liquor', zh: '罐存母液', en: 'Liquor in tank', perMetre: '28.5', completion: '40 %' },
    quality: {
      id: 'density',
      zh: '出料密度合格率',
      en: 'Density in window',
      unit: '1',
      step: '0.001',
      window: ['1.28', '1.32'],
      premium: '(k/n - 0.85) * 0.80 yuan/t',
      perShift: 4,
      inside: 0.86,
      delay: '45 min',
    },
    materials: 30,
    orders: 1.5,
  },
  {
    id: 'fine-alumina',
    zh: '精细氧化铝',
    en: 'Fine alumina',
    centre: 'centre-3',
    branch: 'branch-fine',
    wave: 1,
    rotations: ['four', 'eight', 'four', 'twelve'],
    output: { id: 'fine-alumina', zh: '精细产品', en: 'Fine product', unit: 't', step: '0.01', rate: 3.85 },
    inputs: [
      {
        id: 'hydrate',
        zh: '原料氢氧化铝',
        en: 'Hydrate feed',
        unit: 't',
        step: '0.01',
        per: '1.5500',
      },
      { id: 'steam', zh: '蒸汽', en: 'Steam', unit: 't', step: '0.001', per: '1.2400' },
      { id: 'return-water', zh: '回水', en: 'Return water', unit: 'm³', step: '0.01', per: '5.9000' },
      { id: 'gas', zh: '煤气', en: 'Gas', unit: 'm³', step: '0.1', per: '117.00', rollover: 1_000_000 },
      power('260', '40'),
    ],
    materials: 45,
    orders: 0,
  },
  {
    id: 'raw-meal',
    zh: '生料配料',
    en: 'Raw-material batching',
    centre: 'centre-1',
    branch: 'branch-raw',
    wave: 1,
    rotations: ['four', 'twelve'],
    output: { id: 'raw-meal', zh: '生料', en: 'Raw meal', unit: 't', step: '0.01', rate: 118 },
    inputs: [
      { id: 'bauxite', zh: '铝土矿', en: 'Bauxite', unit: 't', step: '0.01', per: '0.6000' },
      { id: 'limestone', zh: '石灰石', en: 'Limestone', unit: 't', step: '0.01', per: '0.2000' },
      { id: 'soda', zh: '碱粉', en: 'Soda', unit: 't', step: '0.001', per: '0.0250' },
      { id: 'anthracite', zh: '无烟煤', en: 'Anthracite', unit: 't', step: '0.001', per: '0.0300' },
      { id: 'iron-powder', zh: '铁粉', en: 'Iron powder', unit: 't', step: '0.001', per: '0.0104', mix: 'iron' },
      {
        id: 'red-mud',
        zh: '赤泥（铁质校正）',
        en: 'Red mud as iron corrective',
        unit: 't',
        step: '0.001',
        per: '0.0096',
        mix: 'iron',
      },
      power('28', '220'),
    ],
    quality: {
      id: 'fixed-carbon',
      zh: '生料固定碳合格率',
      en: 'Fixed carbon in window',
      unit: '%',
      step: '0.01',
      window: ['2.10', '2.50'],
      premium: '(k/n - 0.6) * 0.35 yuan/t',
      perShift: 0,
      inside: 0.8,
      delay: '45 min',
    },
    materials: 60,
  },
  {
    id: 'calcination',
    zh: '焙烧',
    en: 'Calcination',
    centre: 'centre-2',
    branch: 'branch-calcination',
    wave: 1,
    rotations: ['four', 'four', 'twelve'],
    output: { id: 'alumina', zh: '氧化铝', en: 'Alumina', unit: 't', step: '0.01', rate: 52 },
    inputs: [
      { id: 'hydrate', zh: '氢氧化铝', en: 'Hydrate', unit: 't', step: '0.01', per: '1.5300', flow: 'hydrate' },
      {
        id: 'gas',
        zh: '煤气',
        en: 'Gas',
        unit: 'm³',
        step: '0.1',
        rollover: 10_000_000,
        per: {
          of: 'temp',
          at: [
            [-10, 83.4],
            [15, 82],
            [40, 80.8],
          ],
        },
      },
      power('19', '180'),
    ],
    temp: true,
    quality: {
      id: 'ignition-loss',
      zh: '灼减合格率',
      en: 'Loss on ignition in window',
      unit: '%',
      step: '0.01',
      window: ['0.50', '1.00'],
      premium: '(k/n - 0.9) * 1.20 yuan/t',
      perShift: 2,
      inside: 0.91,
      delay: '30 min',
    },
    materials: 55,
  },
  {
    id: 'digestion',
    zh: '溶出',
    en: 'Digestion',
    centre: 'centre-1',
    branch: 'branch-digestion',
    wave: 7,
    rotations: ['four', 'four', 'twelve', 'eight'],
    output: { id: 'dissolved', zh: '溶出氧化铝', en: 'Alumina dissolved', unit: 't', step: '0.01', rate: 60 },
    inputs: [
      {
        id: 'bauxite',
        zh: '矿石',
        en: 'Bauxite',
        unit: 't',
        step: '0.01',
        per: {
          of: 'grade',
          at: [
            [4.5, 2.12],
            [5.5, 2.0],
            [6.5, 1.92],
          ],
        },
      },
      { id: 'caustic', zh: '液碱', en: 'Caustic', unit: 't', step: '0.001', per: '0.1150' },
      {
        id: 'steam',
        zh: '蒸汽',
        en: 'Steam',
        unit: 't',
        step: '0.001',
        per: {
          of: 'load',
          at: [
            [40, 1.22],
            [60, 1.15],
            [75, 1.13],
          ],
        },
      },
      power('45', '300'),
    ],
    grade: true,
    materials: 80,
  },
  {
    id: 'precipitation',
    zh: '分解',
    en: 'Precipitation',
    centre: 'centre-2',
    branch: 'branch-precipitation',
    wave: 7,
    rotations: ['four', 'four', 'twelve', 'eight'],
    output: { id: 'hydrate', zh: '氢氧化铝', en: 'Hydrate', unit: 't', step: '0.01', rate: 79.6 },
    flow: 'hydrate',
    inputs: [
      {
        id: 'liquor-alumina',
        zh: '精液氧化铝',
        en: 'Alumina in pregnant liquor',
        unit: 't',
        step: '0.01',
        per: '0.6560',
        perStock: '0.3940',
      },
      power('16', '420'),
    ],
    stock: { id: 'seed', zh: '分解槽存', en: 'Hydrate in tanks', perMetre: '64', completion: '60 %' },
    materials: 35,
  },
  {
    id: 'washing',
    zh: '赤泥分离洗涤',
    en: 'Red-mud separation and washing',
    centre: 'centre-1',
    branch: 'branch-washing',
    wave: 7,
    rotations: ['four', 'twelve', 'four', 'eight'],
    output: { id: 'washed-mud', zh: '外排赤泥', en: 'Washed mud', unit: 't', step: '0.01', rate: 72 },
    inputs: [
      { id: 'flocculant', zh: '絮凝剂', en: 'Flocculant', unit: 'kg', step: '0.01', per: '0.0900' },
      { id: 'caustic', zh: '附碱损失', en: 'Soda lost with mud', unit: 't', step: '0.0001', per: '0.00450' },
      { id: 'water', zh: '洗水', en: 'Wash water', unit: 'm³', step: '0.1', per: '1.600' },
      power('4.20', '160'),
    ],
    materials: 25,
  },
  {
    id: 'boiler',
    zh: '锅炉热电',
    en: 'Boilers and steam',
    centre: 'centre-4',
    branch: 'branch-power',
    wave: 7,
    rotations: ['five', 'five', 'five', 'five'],
    output: { id: 'boiler-steam', zh: '产汽', en: 'Steam raised', unit: 't', step: '0.01', rate: 150 },
    inputs: [
      {
        id: 'coal',
        zh: '煤',
        en: 'Coal',
        unit: 't',
        step: '0.01',
        per: {
          of: 'load',
          at: [
            [90, 0.151],
            [150, 0.145],
            [180, 0.1465],
          ],
        },
      },
      { id: 'water', zh: '脱盐水', en: 'Feed water', unit: 'm³', step: '0.1', per: '1.120' },
      power('9.00', '350'),
      { id: 'ash', zh: '灰渣', en: 'Ash', unit: 't', step: '0.01', per: '0.0300', byProduct: true },
    ],
    materials: 70,
    orders: 2,
  },
  {
    id: 'grinding',
    zh: '原料磨',
    en: 'Raw-material grinding',
    centre: 'centre-1',
    branch: 'branch-raw',
    wave: 7,
    rotations: ['four', 'four', 'eight', 'twelve'],
    output: { id: 'slurry', zh: '矿浆', en: 'Ore slurry', unit: 't', step: '0.01', rate: 122 },
    inputs: [
      { id: 'bauxite', zh: '铝土矿', en: 'Bauxite', unit: 't', step: '0.01', per: '0.9700' },
      { id: 'lime', zh: '石灰', en: 'Lime', unit: 't', step: '0.001', per: '0.0720' },
      { id: 'balls', zh: '钢球', en: 'Grinding balls', unit: 'kg', step: '0.1', per: '0.620' },
      power('18', '260'),
    ],
    materials: 40,
  },
  {
    id: 'mining',
    zh: '采矿',
    en: 'Mining',
    centre: 'centre-5',
    branch: 'branch-mine',
    wave: 9,
    rotations: ['two-shift', 'two-shift'],
    output: { id: 'ore', zh: '采出矿石', en: 'Ore mined', unit: 't', step: '0.1', rate: 190 },
    inputs: [
      { id: 'diesel', zh: '柴油', en: 'Diesel', unit: 'L', step: '0.1', per: '0.6200' },
      { id: 'explosive', zh: '炸药', en: 'Explosive', unit: 'kg', step: '0.1', per: '0.2100' },
      power('6.00', '90'),
    ],
    materials: 120,
  },
];

/** Teams without a process: day teams whose output is the quotes they made needless. */
export const TRADES: readonly {
  readonly id: Trade;
  readonly slug: string;
  readonly zh: string;
  readonly en: string;
  readonly teams: number;
  readonly centre: string;
  readonly branch: string;
  /** Avoided quotes, yuan an hour of the day shift. */
  readonly jobs: number;
}[] = [
  {
    id: 'mechanical',
    slug: 'mechanical',
    zh: '钳工检修',
    en: 'Mechanical repair',
    teams: 14,
    centre: 'centre-5',
    branch: 'branch-mechanical',
    jobs: 290,
  },
  {
    id: 'electrical',
    slug: 'electrical',
    zh: '电气检修',
    en: 'Electrical repair',
    teams: 8,
    centre: 'centre-5',
    branch: 'branch-electrical',
    jobs: 260,
  },
  {
    id: 'communications',
    slug: 'communications',
    zh: '通信',
    en: 'Communications',
    teams: 4,
    centre: 'centre-5',
    branch: 'branch-electrical',
    jobs: 120,
  },
  {
    id: 'mine service',
    slug: 'mine-service',
    zh: '矿山机电',
    en: 'Mine service',
    teams: 8,
    centre: 'centre-5',
    branch: 'branch-mine',
    jobs: 270,
  },
  {
    id: 'instrument',
    slug: 'instrument',
    zh: '仪表检修',
    en: 'Instrument repair',
    teams: 6,
    centre: 'centre-5',
    branch: 'branch-electrical',
    jobs: 230,
  },
  {
    id: 'general',
    slug: 'general',
    zh: '综合检修',
    en: 'General repair',
    teams: 6,
    centre: 'centre-5',
    branch: 'branch-mechanical',
    jobs: 240,
  },
];
