// Writes docs/openapi.json from the contracts: `npm run openapi`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACTS } from '../src/http/contract/all.ts';
import { openApi } from '../src/http/openapi.ts';

const home = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
writeFileSync(join(home, 'docs', 'openapi.json'), `${JSON.stringify(openApi(CONTRACTS, version), undefined, 2)}\n`);
