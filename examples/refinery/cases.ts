// The reported cases of the founding refinery as targets for raw meters and samples. Nothing here is a result: the process
// is bent until what its meters count over a month, or what its laboratory finds, is this; settling then yields the figures.

/** Shift teams of the evaporator's new group 3: when each acid cleaning ended, and what it cost in yuan. */
export const CLEANING_UNIT = 'evaporation-3';
export const CLEANING_STOP_HOURS = 20;
/** Acid, inhibitor, contractor, restart steam and the concentration lost, of one cleaning; from memory. */
export const CLEANINGS: readonly { readonly end: string; readonly yuan: string }[] = [
  { end: '2022-01-07 14:00', yuan: '271500.00' },
  { end: '2022-02-07 10:00', yuan: '275200.00' },
  { end: '2022-03-10 12:00', yuan: '273700.00' },
  { end: '2022-04-10 09:00', yuan: '277000.00' },
  { end: '2022-05-11 15:00', yuan: '272600.00' },
  { end: '2022-06-11 11:00', yuan: '276000.00' },
  // From here the group runs about a month longer between cleanings.
  { end: '2022-08-10 13:00', yuan: '277800.00' },
  { end: '2022-10-10 10:00', yuan: '274600.00' },
  { end: '2022-12-09 16:00', yuan: '275700.00' },
];
/** Accrued per hour run: about what a cleaning cost over the short cycle. */
export const CLEANING_ACCRUAL = '382';

/** Fixed carbon of raw meal: samples inside the window, of all, by month. */
export const FIXED_CARBON_UNIT = 'raw-meal-1';
export const FIXED_CARBON: Readonly<Record<string, readonly [k: number, n: number]>> = {
  '2022-01': [13, 41],
  '2022-02': [14, 40],
  '2022-03': [19, 52],
  '2022-04': [17, 31],
  '2022-05': [14, 19],
  '2022-06': [26, 31],
  '2022-07': [25, 30],
  '2022-08': [26, 31],
  '2022-09': [24, 29],
  '2022-10': [26, 31],
  '2022-11': [25, 30],
  '2022-12': [27, 31],
};

/** What a stream's meter counts over a stretch of 2022 in all: `to` is the first day no longer. */
export interface Total {
  readonly unit: string;
  readonly stream: string;
  readonly from: string;
  readonly to: string;
  readonly total: number;
}

const FINE = 'fine-alumina-1';
const [JULY, AUGUST, SEPTEMBER] = ['2022-07-01', '2022-08-01', '2022-09-01'];
const july = (stream: string, total: number): Total => ({ unit: FINE, stream, from: JULY, to: AUGUST, total });
const august = (stream: string, total: number): Total => ({ unit: FINE, stream, from: AUGUST, to: SEPTEMBER, total });

export const TOTALS: readonly Total[] = [
  // Red mud as iron corrective: 19,876.4 t in the year.
  { unit: 'raw-meal-1', stream: 'red-mud', from: '2022-01-01', to: '2023-01-01', total: 10_021.6 },
  { unit: 'raw-meal-2', stream: 'red-mud', from: '2022-01-01', to: '2023-01-01', total: 9_854.8 },
  // Fine alumina, August on July: output +480 t; per tonne steam −34 %, return water −8.44 %, gas −21.86 %.
  july('fine-alumina', 2_637.4),
  july('steam', 3_956.1),
  july('return-water', 16_351.88),
  july('gas', 348_663.6),
  august('fine-alumina', 3_117.4),
  august('steam', 3_086.226),
  august('return-water', 17_696.64),
  august('gas', 322_028.4),
];

/** The pump of the 200 m shaft, replaced by the mine's own crew over three days. */
export const SHAFT_PUMP = {
  unit: 'mine-service-1',
  days: ['2022-05-17', '2022-05-18', '2022-05-19'],
  hoursADay: ['72.0', '88.0', '84.0'],
  quote: '186400.00',
  parts: '38200.00',
  hire: '12500.00',
} as const;

/** Communications: nearly 1,000 devices, 42 km of line, over 700 points kept up by the crew; nobody confirmed the quotes. */
export const COMMUNICATIONS_MONTHLY = ['22150.00', '21800.00', '22600.00', '22340.00'] as const;
