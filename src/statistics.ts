// What the figures can and cannot say. Pure functions on numbers; no plant, no readings.
//
//   far-outside.ts  figures that nothing else of their own series comes near
export * from './statistics/far-outside.ts';
