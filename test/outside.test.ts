import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { testWithOracles, testWithRealData } from './outside.ts';

testWithRealData('the folder of real data holds at least one table', (folder) => {
  expect(readdirSync(folder).filter((name) => name.endsWith('.csv'))).not.toEqual([]);
});

testWithOracles('the folder of published figures is not empty', (folder) => {
  expect(readdirSync(folder)).not.toEqual([]);
});
