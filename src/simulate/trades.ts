// Sections of a refinery: what they make, use and measure, with round figures of the trade. Synthetic; no plant's own data.

/** Something counted, and how much of it an hour's tonne of the main output takes or gives. */
export interface Item {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly unit: string;
  readonly step: string;
  readonly per: number;
  /** Decimals of `per` as a standard. */
  readonly places: number;
  /** Yuan per unit. */
  readonly price: number;
}

export interface Trade {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  /** Units of the main output an hour. */
  readonly rate: number;
  readonly output: Item;
  /** Another output, of the same unit of measure. */
  readonly second: Item;
  readonly inputs: readonly [Item, Item];
  /** Two inputs of one unit of measure that may stand for each other. */
  readonly mix: readonly [Item, Item];
  readonly byProduct: Item;
  readonly stock: { readonly id: string; readonly zh: string; readonly en: string };
  readonly quality: { readonly id: string; readonly zh: string; readonly en: string };
}

const item = (
  id: string,
  zh: string,
  en: string,
  unit: string,
  step: string,
  per: number,
  places: number,
  price: number,
): Item => ({ id, zh, en, unit, step, per, places, price });

const power = (per: number): Item => item('power', '电', 'Power', 'kWh', '0.1', per, 2, 0.462);
const steam = (per: number): Item => item('steam', '蒸汽', 'Steam', 't', '0.001', per, 4, 128);

export const TRADES: readonly Trade[] = [
  {
    id: 'evaporation',
    zh: '蒸发',
    en: 'Evaporation',
    rate: 106,
    output: item('water-evaporated', '蒸水量', 'Water evaporated', 't', '0.001', 1, 4, 44),
    second: item('condensate', '回水', 'Condensate', 't', '0.01', 0.4, 3, 6),
    inputs: [steam(0.266), power(3.1)],
    mix: [
      item('inhibitor-a', '阻垢剂甲', 'Scale inhibitor A', 'kg', '0.01', 0.06, 4, 9.5),
      item('inhibitor-b', '阻垢剂乙', 'Scale inhibitor B', 'kg', '0.01', 0.03, 4, 13),
    ],
    byProduct: item('salt', '排盐', 'Salt purged', 't', '0.001', 0.02, 4, 60),
    stock: { id: 'liquor', zh: '罐存母液', en: 'Liquor in tank' },
    quality: { id: 'density', zh: '密度', en: 'Density' },
  },
  {
    id: 'digestion',
    zh: '溶出',
    en: 'Digestion',
    rate: 320,
    output: item('slurry', '溶出矿浆', 'Digested slurry', 't', '0.01', 1, 4, 96),
    second: item('flash-steam', '乏汽', 'Flash steam', 't', '0.01', 0.05, 3, 70),
    inputs: [item('fresh-steam', '新蒸汽', 'Fresh steam', 't', '0.001', 0.11, 4, 175), power(4.2)],
    mix: [
      item('lime', '石灰', 'Lime', 't', '0.01', 0.03, 4, 330),
      item('caustic', '烧碱', 'Caustic', 't', '0.01', 0.011, 4, 3380),
    ],
    byProduct: item('hot-water', '热水', 'Hot water', 'm³', '0.1', 0.2, 3, 3.5),
    stock: { id: 'flash-tank', zh: '稀释槽存', en: 'Slurry in tank' },
    quality: { id: 'ratio', zh: '苛性比', en: 'Caustic ratio' },
  },
  {
    id: 'separation',
    zh: '赤泥分离洗涤',
    en: 'Red-mud separation',
    rate: 260,
    output: item('green-liquor', '精液', 'Green liquor', 't', '0.01', 1, 4, 38),
    second: item('wash-liquor', '洗液', 'Wash liquor', 't', '0.01', 0.3, 3, 9),
    inputs: [item('hot-wash', '洗水', 'Wash water', 't', '0.01', 0.22, 3, 4.2), power(1.8)],
    mix: [
      item('flocculant-a', '絮凝剂甲', 'Flocculant A', 'kg', '0.01', 0.07, 4, 21),
      item('flocculant-b', '絮凝剂乙', 'Flocculant B', 'kg', '0.01', 0.04, 4, 28),
    ],
    byProduct: item('red-mud', '赤泥', 'Red mud', 't', '0.1', 0.35, 3, 2),
    stock: { id: 'settler', zh: '沉降槽存', en: 'Liquor in settlers' },
    quality: { id: 'solids', zh: '浮游物', en: 'Solids' },
  },
  {
    id: 'precipitation',
    zh: '分解',
    en: 'Precipitation',
    rate: 88,
    output: item('hydrate', '氢氧化铝', 'Hydrate', 't', '0.01', 1, 4, 900),
    second: item('seed', '细种子', 'Fine seed', 't', '0.01', 0.2, 3, 300),
    inputs: [power(38), item('cooling-water', '冷却水', 'Cooling water', 'm³', '0.1', 6, 3, 0.35)],
    mix: [
      item('modifier-a', '结晶助剂甲', 'Crystal modifier A', 'kg', '0.001', 0.11, 4, 17),
      item('modifier-b', '结晶助剂乙', 'Crystal modifier B', 'kg', '0.001', 0.05, 4, 23),
    ],
    byProduct: item('spent-liquor', '种分母液', 'Spent liquor', 'm³', '0.1', 3, 3, 8),
    stock: { id: 'hydrate-slurry', zh: '槽存料浆', en: 'Slurry in precipitators' },
    quality: { id: 'fineness', zh: '粒度', en: 'Fineness' },
  },
  {
    id: 'calcination',
    zh: '焙烧',
    en: 'Calcination',
    rate: 62,
    output: item('alumina', '氧化铝', 'Alumina', 't', '0.01', 1, 4, 2850),
    second: item('dust', '返灰', 'Returned dust', 't', '0.01', 0.03, 3, 1200),
    inputs: [item('gas', '煤气', 'Gas', 'Nm³', '1', 620, 2, 0.9), power(19)],
    mix: [
      item('hydrate-a', '自产氢铝', 'Own hydrate', 't', '0.01', 1.1, 4, 1500),
      item('hydrate-b', '外购氢铝', 'Bought hydrate', 't', '0.01', 0.43, 4, 1620),
    ],
    byProduct: item('waste-heat', '余热', 'Waste heat', 'GJ', '0.01', 0.3, 3, 24),
    stock: { id: 'silo', zh: '仓存', en: 'Alumina in silo' },
    quality: { id: 'ignition-loss', zh: '灼减', en: 'Ignition loss' },
  },
  {
    id: 'boiler',
    zh: '锅炉',
    en: 'Boiler',
    rate: 130,
    output: item('steam-made', '产汽', 'Steam made', 't', '0.01', 1, 4, 140),
    second: item('blowdown-steam', '排污汽', 'Blow-down steam', 't', '0.01', 0.02, 3, 45),
    inputs: [item('feed-water', '除盐水', 'Feed water', 't', '0.01', 1.06, 3, 8.5), power(9.5)],
    mix: [
      item('coal-a', '洗煤', 'Washed coal', 't', '0.01', 0.09, 4, 780),
      item('coal-b', '末煤', 'Slack coal', 't', '0.01', 0.05, 4, 560),
    ],
    byProduct: item('ash', '灰渣', 'Ash', 't', '0.1', 0.03, 3, 15),
    stock: { id: 'deaerator', zh: '除氧水存', en: 'Water in deaerator' },
    quality: { id: 'dryness', zh: '干度', en: 'Dryness' },
  },
];

/** A coarse step for the odd-steps feature: not powers of ten, or so coarse that amounts end in half a fen. */
export const ODD_STEPS: readonly string[] = ['0.5', '0.25', '0.02', '0.2', '0.05', '2', '0.125', '5'];
