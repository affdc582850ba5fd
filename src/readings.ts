// From what was read to what flowed: one file per way of measuring, each exact, each conserving. It knows points and
// instants, not shifts: what a missing stretch is worth to whom is decided in `statement`.
//
//   log.ts  columns as they arrived → one series a point      counter.ts, rate.ts, level.ts, sample.ts  ways of measuring
//   odd.ts  typed figures that nothing else of their point comes near
export * from './readings/counter.ts';
export * from './readings/level.ts';
export * from './readings/log.ts';
export * from './readings/odd.ts';
export * from './readings/rate.ts';
export * from './readings/sample.ts';
