// Writes docs/plant.schema.json, the JSON Schema of a plant's text for editors: `npm run schema`, which formats it too.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plantJsonSchema } from '../src/plant.ts';

const file = join(import.meta.dirname, '..', 'docs', 'plant.schema.json');
writeFileSync(file, `${JSON.stringify(plantJsonSchema(), undefined, 2)}\n`);
