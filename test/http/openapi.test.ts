// The committed document is what the contracts say, and the contracts are what is served.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTRACTS } from '../../src/http/contract/all.ts';
import { domainRoutes } from '../../src/http/domain-routes.ts';
import { openApi } from '../../src/http/openapi.ts';
import { routes } from '../../src/http/routes.ts';
import { type Served, serve } from './served.ts';

const home = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

test('docs/openapi.json is what the contracts say (npm run openapi)', () => {
  const committed = JSON.parse(readFileSync(join(home, 'docs', 'openapi.json'), 'utf8')) as unknown;
  expect(openApi(CONTRACTS, version)).toEqual(committed);
});

test('ids and paths are unique, and every contract says the same in both languages', () => {
  expect(new Set(CONTRACTS.map(({ id }) => id)).size).toBe(CONTRACTS.length);
  expect(new Set(CONTRACTS.map(({ method, path }) => `${method} ${path}`)).size).toBe(CONTRACTS.length);
  for (const { summary, id, path, params } of CONTRACTS) {
    expect(summary.zh, id).toMatch(/[\u4e00-\u9fff]/);
    expect(summary.en, id).not.toMatch(/[\u4e00-\u9fff]/);
    const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(Object.keys((params as { properties?: object } | undefined)?.properties ?? {}), id).toEqual(named);
  }
});

test('a contract without a route, or a route without a contract, does not go unseen', () => {
  const domain = domainRoutes({} as Parameters<typeof domainRoutes>[0]);
  const routed = [...routes(served.server.service), ...domain].map(({ contract }) => contract.id);
  expect(routed.toSorted()).toEqual(CONTRACTS.map(({ id }) => id).toSorted());
});

test('a browser can read the contracts: nothing of the server behind them', async () => {
  const { execFileSync } = await import('node:child_process');
  const script = `
    const { registerHooks } = await import('node:module');
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      // yaml has a build of its own for browsers, without this.
      if (/^node:(process|buffer)$/.test(found.url) && /\\/yaml\\//.test(context.parentURL ?? '')) return found;
      if (!/(\\/src\\/(http\\/contract|quantity|statistics|formula|plant)|\\/(typebox|yaml|temporal-polyfill|temporal-utils|@noble\\/hashes)\\/)/.test(found.url)) throw new Error('reaches ' + found.url);
      return found;
    } });
    await import(${JSON.stringify(`file://${join(home, 'src', 'http', 'contract', 'all.ts')}`)});
    console.log('read');`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toBe('read\n');
});
