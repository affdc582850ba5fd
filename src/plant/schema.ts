// The shape of a plant's text: which sections and keys there are. The JSON Schema that editors use is this very object;
// what the texts inside the values mean (quantities, formulas, references) is decided in `build`.
import Type, { type TSchema } from 'typebox';
import Value from 'typebox/value';
import type { Document, Value as Text } from './document.ts';
import { isPlainMap } from './document.ts';
import { nearest, type Problems } from './problem.ts';

/** Letters of any script, digits, `-`, `_`, `.`. */
const ID = '^[\\p{L}\\p{N}._-]+$';
const closed = { additionalProperties: false };
const object = (properties: Record<string, TSchema>, description = ''): TSchema =>
  Type.Object(properties, description ? { ...closed, description } : closed);
const optional = (schema: TSchema): TSchema => Type.Optional(schema);
const mapOf = (schema: TSchema, description = ''): TSchema =>
  Type.Record(Type.String({ pattern: ID }), schema, description ? { ...closed, description } : closed);
const described = (description: string): TSchema => Type.Union([Type.String(), Type.Number()], { description });

const text = described('text');
const decimal = described('a decimal, e.g. 0.2900');
const quantity = described('a decimal with a unit of measure, e.g. 106 t/h');
const duration = described('a length of time, e.g. 1 h, 30 min');
const percent = described('a percentage, e.g. 40 %');
const day = described('a day, e.g. 2022-03-01');
const measure = described('a unit of measure, e.g. t, kWh, t/h');
const formula = described('a formula, e.g. IF(temp > 20 degC, 0.31, 0.30)');
const yes = Type.Union([Type.Literal('yes'), Type.Literal('no'), Type.Boolean()], { description: 'yes or no' });
const name = Type.Union([Type.String(), object({ zh: Type.String(), en: Type.String() })], {
  description: 'a name, or {zh: …, en: …}',
});
const choice = (...words: string[]): TSchema =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    { description: words.join(' | ') },
  );

const curvePoints = mapOf(decimal, 'argument: value, at least two');
const inlineCurve = object(
  { curve: text, at: curvePoints, step: optional(decimal) },
  'a curve of load or of a condition',
);
const inlineFormula = object({ formula, step: optional(decimal) }, 'a formula');
const coefficient = Type.Union([decimal, inlineCurve, inlineFormula], {
  description: 'a decimal, {curve: load, at: {60: 0.29, …}} or {formula: …}',
});
// Keys besides `from`, `per hour run` and `grain` are drivers: outputs and stocks of the unit.
const standardOne = Type.Record(Type.String({ pattern: '^[\\p{L}\\p{N}._ -]+$' }), Type.Union([coefficient, text]), {
  description: 'driver: coefficient, per hour run: fixed part, grain: 1 h, from: day',
});
const standard = Type.Union([standardOne, Type.Array(standardOne)], {
  description: 'a standard, or a list of them with from: day',
});
const budget = Type.Union([quantity, Type.Array(object({ from: day, rate: quantity }))], {
  description: 'a quantity per hour, or a list of {from: day, rate: 106 t/h}',
});

const streamCommon = {
  name: optional(name),
  price: optional(text),
  answers: optional(choice('crew', 'company')),
  references: optional(mapOf(decimal)),
};
const source = { point: optional(text), flow: optional(text) };

export const STREAMS: Readonly<Record<string, TSchema>> = {
  output: object({
    ...streamCommon,
    ...source,
    role: choice('output'),
    unit: measure,
    budget: optional(budget),
    mix: optional(text),
  }),
  input: object({
    ...streamCommon,
    ...source,
    role: choice('input'),
    unit: measure,
    standard: optional(standard),
    mix: optional(text),
    bands: optional(text),
    'less stock': optional(object({ point: text, quantity: formula, with: optional(mapOf(text)) })),
  }),
  'by-product': object({
    ...streamCommon,
    ...source,
    role: choice('by-product'),
    unit: measure,
    standard: optional(standard),
  }),
  stock: object({
    ...streamCommon,
    role: choice('stock'),
    unit: measure,
    point: text,
    with: optional(mapOf(text)),
    quantity: optional(formula),
    step: decimal,
    makes: text,
    completion: described('a percentage, or a point'),
  }),
  fee: object({ ...streamCommon, role: choice('fee'), budget: optional(budget), periodic: optional(quantity) }),
  quality: object({
    ...streamCommon,
    role: choice('quality'),
    of: text,
    point: text,
    window: optional(Type.Array(decimal, { description: '[lowest, highest]' })),
    premium: formula,
    step: decimal,
  }),
};

const counterKeys = {
  unit: measure,
  step: decimal,
  rollover: optional(decimal),
  'greatest rate': optional(quantity),
  gap: optional(duration),
  multiplier: optional(decimal),
  'on a drop': optional(choice('missing', 'restart', 'hold')),
};
const pointCommon = { name: optional(name) };

export const POINTS: Readonly<Record<string, TSchema>> = {
  counter: object({ ...pointCommon, kind: choice('counter'), ...counterKeys }),
  rate: object({
    ...pointCommon,
    kind: choice('rate'),
    unit: measure,
    step: decimal,
    between: optional(choice('slope', 'step')),
    gap: optional(duration),
    'quantity step': optional(decimal),
    'least coverage': optional(percent),
  }),
  level: object({ ...pointCommon, kind: choice('level'), unit: measure, step: decimal, gap: optional(duration) }),
  batch: object({ ...pointCommon, kind: choice('batch'), unit: measure, step: decimal, confirmed: optional(yes) }),
  sample: object({
    ...pointCommon,
    kind: choice('sample'),
    unit: measure,
    step: decimal,
    delay: optional(duration),
    counts: optional(Type.Array(choice('routine', 'spot', 're-test', 'arbitration'))),
    'replaced by': optional(Type.Array(choice('routine', 'spot', 're-test', 'arbitration'))),
  }),
  manual: object({
    ...pointCommon,
    kind: choice('manual'),
    form: optional(choice('figure', 'counter')),
    ...counterKeys,
  }),
  share: object({
    ...pointCommon,
    kind: choice('share'),
    of: text,
    by: choice('keys', 'allowed'),
    key: optional(decimal),
  }),
  formula: object({ ...pointCommon, kind: choice('formula'), unit: measure, step: decimal, quantity: formula }),
};

const organisation = object({ name: optional(name), kind: optional(text), parent: optional(text) });
const anyOf = (schemas: Readonly<Record<string, TSchema>>): TSchema => Type.Union(Object.values(schemas));

const unit = (stream: TSchema): TSchema =>
  object({
    name: optional(name),
    organisation: optional(text),
    rotation: text,
    load: optional(text),
    'load set by': optional(choice('crew', 'dispatch')),
    'hours run': optional(object({ point: text })),
    conditions: optional(mapOf(object({ name: optional(name), point: text, budget: quantity }))),
    curves: optional(mapOf(object({ of: text, unit: measure, at: curvePoints, step: optional(decimal) }))),
    streams: mapOf(stream),
  });

const sections = (stream: TSchema, point: TSchema): Record<string, TSchema> => ({
  plant: object({
    id: text,
    name: optional(name),
    zone: text,
    'price step': optional(decimal),
    'month starts on': optional(text),
    'cut-off': optional(duration),
    ranking: optional(object({ 'least hours': optional(duration), 'most substituted': optional(percent) })),
  }),
  'units of measure': optional(mapOf(described('a quantity of a known unit (50 kg), or new'))),
  organisations: optional(
    object({ administrative: optional(mapOf(organisation)), party: optional(mapOf(organisation)) }),
  ),
  clocks: mapOf(
    object({
      shifts: mapOf(
        object({
          name: optional(name),
          start: text,
          end: text,
          on: optional(choice('day', 'day before', 'day after')),
        }),
      ),
      rest: optional(text),
      'round the clock': optional(yes),
    }),
  ),
  rotations: mapOf(
    object({
      clock: text,
      periods: Type.Array(object({ from: day, pattern: text, offset: text, crews: Type.Array(text) })),
    }),
  ),
  units: mapOf(unit(stream)),
  points: mapOf(point),
  flows: optional(mapOf(object({ name: optional(name), point: text, check: optional(text) }))),
  tariffs: optional(
    mapOf(
      object({
        bands: mapOf(
          Type.Union([choice('other'), Type.Array(text)], { description: 'a list of "08:30-11:30", or other' }),
        ),
        profile: optional(mapOf(decimal)),
      }),
    ),
  ),
  teams: optional(
    mapOf(
      object({
        name: optional(name),
        crew: text,
        units: Type.Array(text),
        organisation: optional(text),
        party: optional(text),
        members: optional(text),
        'party members': optional(text),
      }),
    ),
  ),
  leagues: optional(mapOf(object({ name: optional(name), units: Type.Array(text), unlike: optional(yes) }))),
  sources: optional(
    mapOf(
      object({
        file: text,
        time: text,
        order: optional(choice('ymd', 'dmy', 'mdy')),
        at: optional(text),
        zone: optional(text),
        stamps: optional(choice('start', 'end')),
        interval: optional(duration),
        midnight: optional(choice('same day', 'next day')),
        where: optional(
          Type.Record(
            Type.String(),
            Type.Union([text, Type.Array(text)], { description: 'a cell, or a list of cells' }),
          ),
        ),
        columns: Type.Record(Type.String(), described('a point, or a template such as TEAM-{team}-ACTUAL')),
      }),
    ),
  ),
});

/** The JSON Schema of a plant file (draft 2020-12). Each file may hold any of the sections. */
export function plantJsonSchema(): unknown {
  const all = sections(anyOf(STREAMS), anyOf(POINTS));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'CrewLedger plant',
    type: 'object',
    additionalProperties: false,
    properties: all,
  };
}

// Streams and points are checked by their own schema, chosen by role or kind, so that a mistake is told once and exactly.
const PLANT = Type.Object(sections(Type.Any(), Type.Any()), closed);

/** Reports every key or shape that does not fit; true when the whole document does. */
export function checkShape(written: Document, problems: Problems): boolean {
  const before = problems.list.length;
  checkAgainst(PLANT, written.sections, [], written, problems);
  for (const [id, point] of entries(written.sections.points))
    choose(POINTS, 'kind', point, ['points', id], written, problems);
  for (const [id, unitText] of entries(written.sections.units))
    if (isPlainMap(unitText))
      for (const [stream, value] of entries(unitText.streams))
        choose(STREAMS, 'role', value, ['units', id, 'streams', stream], written, problems);
  if (problems.list.length === before) checkFilled(written.sections, [], written, problems);
  return problems.list.length === before;
}

/** A key without a value is a slip: taken for absent it could make a whole unit vanish. */
function checkFilled(value: Text, path: (string | number)[], written: Document, problems: Problems): void {
  if (value === '')
    problems.error('missing-key', written.placeOf(path), {
      path: path.slice(0, -1).join(' / '),
      key: String(path.at(-1) ?? ''),
    });
  else if (Array.isArray(value))
    for (const [i, inner] of value.entries()) checkFilled(inner, [...path, i], written, problems);
  else if (isPlainMap(value))
    for (const [key, inner] of Object.entries(value)) checkFilled(inner, [...path, key], written, problems);
}

const entries = (value: Text | undefined): [string, Text][] => (isPlainMap(value) ? Object.entries(value) : []);

function choose(
  schemas: Readonly<Record<string, TSchema>>,
  key: string,
  value: Text,
  path: string[],
  written: Document,
  problems: Problems,
): void {
  const kind = isPlainMap(value) ? value[key] : undefined;
  const schema = typeof kind === 'string' ? schemas[kind] : undefined;
  if (schema) checkAgainst(schema, value, path, written, problems);
  else if (kind === undefined) problems.error('missing-key', written.placeOf(path), { path: path.join(' / '), key });
  else
    problems.error('bad-choice', written.placeOf([...path, key]), {
      found: String(kind),
      choices: Object.keys(schemas).join(', '),
      nearest: nearest(String(kind), Object.keys(schemas)) ?? '',
    });
}

interface Params {
  readonly additionalProperties?: readonly string[];
  readonly requiredProperties?: readonly string[];
}

function checkAgainst(schema: TSchema, value: unknown, base: string[], written: Document, problems: Problems): void {
  if (Value.Check(schema, value)) return;
  const told = new Set<string>();
  const tell = (
    code: 'bad-id' | 'unknown-key' | 'unknown-section' | 'missing-key' | 'wrong-shape',
    path: string[],
    args: Record<string, string>,
  ): void => {
    const id = `${code} ${path.join('/')} ${args.key ?? ''}`;
    if (told.has(id)) return;
    told.add(id);
    problems.error(code, written.placeOf(path), args);
  };
  const errors = Value.Errors(schema, value);
  // Inside an alternative every branch complains; only "none of the alternatives fits" is worth telling.
  const unions = errors.filter((e) => e.keyword === 'anyOf').map((e) => e.schemaPath);
  for (const error of errors) {
    if (error.keyword === 'boolean') continue;
    if (unions.some((path) => error.schemaPath !== path && error.schemaPath.startsWith(`${path}/anyOf`))) continue;
    const path = [...base, ...pointer(error.instancePath)];
    const where = path.join(' / ');
    const params = error.params as Params;
    const at = schemaAt(schema, error.schemaPath);
    const ids = (at as { patternProperties?: object } | undefined)?.patternProperties !== undefined;
    if (error.keyword === 'additionalProperties' && ids)
      for (const key of params.additionalProperties ?? []) tell('bad-id', [...path, key], { path: where, id: key });
    else if (error.keyword === 'additionalProperties')
      for (const key of params.additionalProperties ?? []) {
        const known = Object.keys((at as { properties?: object } | undefined)?.properties ?? {});
        tell(path.length === 0 ? 'unknown-section' : 'unknown-key', [...path, key], {
          path: where,
          key,
          nearest: nearest(key, known) ?? '',
          known: known.join(', '),
        });
      }
    else if (error.keyword === 'required')
      for (const key of params.requiredProperties ?? []) tell('missing-key', path, { path: where, key });
    else tell('wrong-shape', path, { path: where, expected: descriptionOf(at) });
  }
}

const pointer = (text: string): string[] =>
  text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

function schemaAt(schema: TSchema, path: string): unknown {
  let at: unknown = schema;
  for (const part of pointer(path.replace(/^#/, ''))) at = (at as Record<string, unknown> | undefined)?.[part];
  return at;
}

function descriptionOf(schema: unknown): string {
  const { description, type } = (schema ?? {}) as { description?: string; type?: string };
  return description ?? (type === 'object' ? 'keys' : type === 'array' ? 'a list' : (type ?? ''));
}
