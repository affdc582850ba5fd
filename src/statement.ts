// What a shift was worth, and why: sheets in fen whose lines sum to V − V_B exactly (docs/settling.md).
//
//   books.ts  quantities as of an instant → part.ts  the chain of lines → shift.ts  counted, excluded, state
//   scene.ts, outputs.ts, slices.ts, stocks.ts, inputs.ts, quality.ts, prices.ts  what a part is made of, in this order
//   standards.ts  allowed quantities      sheet.ts  the words of a sheet     record.ts  a sheet as JSON
export * from './statement/basis.ts';
export * from './statement/books.ts';
export * from './statement/explain.ts';
export * from './statement/fingerprint.ts';
export * from './statement/pending.ts';
export * from './statement/periodic.ts';
export * from './statement/record.ts';
export * from './statement/replay.ts';
export * from './statement/sheet.ts';
export * from './statement/shift.ts';
export * from './statement/standards.ts';
export * from './statement/touched.ts';
export { groupUnits, unitPoints } from './statement/uses.ts';
