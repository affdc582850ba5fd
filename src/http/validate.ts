// Parts of a request against the schemas of its contract: every fault with its field. Texts of query and path become numbers
// and booleans where the schema wants them; a body is taken as it is or refused.
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import Value from 'typebox/value';
import type { FieldFault } from '../words/http.ts';
import type { Contract, Part } from './contract.ts';
import { type FieldProblem, refuse } from './problem.ts';

type Check = (value: unknown) => unknown;

export interface Checks {
  readonly params: Check;
  readonly query: Check;
  readonly body: Check;
  /** What is wrong with an answer of ours; empty when nothing. */
  readonly response: (value: unknown) => string;
}

const FAULTS_SHOWN_MAX = 20;

export function checksOf(contract: Contract): Checks {
  const response = contract.response === undefined ? undefined : Compile(contract.response);
  return {
    params: checkOf('params', contract.params, true),
    query: checkOf('query', contract.query, true),
    body: checkOf('body', contract.body, false),
    response: (value) => {
      if (response === undefined || response.Check(value)) return '';
      const [first] = response.Errors(value);
      return first === undefined ? '' : `${first.instancePath} ${first.message}`;
    },
  };
}

function checkOf(part: Part, schema: TSchema | undefined, convert: boolean): Check {
  if (schema === undefined) return (value) => value;
  const compiled = Compile(schema);
  return (given) => {
    const value = convert ? Value.Default(schema, Value.Convert(schema, { ...(given as object) })) : given;
    if (compiled.Check(value)) return value;
    throw refuse('bad-fields', {}, faultsOf(part, schema, compiled.Errors(value), value));
  };
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: object;
}

function faultsOf(part: Part, schema: TSchema, errors: readonly SchemaError[], value: unknown): FieldProblem[] {
  const choices = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath));
  const faults = errors.flatMap((error) => {
    // Of a choice, its alternatives' own complaints say nothing that the list of choices does not.
    if (choices.has(error.instancePath) && error.keyword !== 'anyOf') return [];
    return fieldsOf(error, schema, value);
  });
  const seen = new Set<string>();
  return faults
    .filter(({ path, fault }) => !seen.has(`${path} ${fault}`) && seen.add(`${path} ${fault}`))
    .slice(0, FAULTS_SHOWN_MAX)
    .map(({ path, fault, args }) => ({ field: `${part}${path}`, fault, args }));
}

type Fault = { readonly path: string; readonly fault: FieldFault; readonly args: Readonly<Record<string, string>> };

function fieldsOf(
  { keyword, instancePath: path, schemaPath, params }: SchemaError,
  schema: TSchema,
  value: unknown,
): Fault[] {
  const given = params as Readonly<Record<string, unknown>>;
  const limit = { limit: String(given.limit ?? '') };
  const one = (fault: FieldFault, args: Fault['args'] = {}): Fault[] => [{ path, fault, args }];
  switch (keyword) {
    case 'required':
      return listOf(given.requiredProperties)
        .filter((name) => !hasKey(at(value, path), name))
        .map((name) => ({ path: `${path}/${name}`, fault: 'required', args: {} }));
    case 'additionalProperties':
      return listOf(given.additionalProperties).map((name) => ({
        path: `${path}/${name}`,
        fault: 'additionalProperties',
        args: {},
      }));
    case 'boolean':
      return [];
    case 'type':
      return one('type', { expected: String(given.type) });
    case 'minimum':
    case 'exclusiveMinimum':
      return one('minimum', limit);
    case 'maximum':
    case 'exclusiveMaximum':
      return one('maximum', limit);
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
      return one(keyword, limit);
    case 'pattern':
      return one('pattern', { expected: String(given.pattern) });
    case 'format':
      return one('format', { expected: String(given.format) });
    case 'enum':
      return one('choice', { choices: listOf(given.allowedValues).join(', ') });
    case 'const':
      return one('choice', { choices: String(given.allowedValue) });
    case 'anyOf':
      return one('choice', { choices: choicesAt(schema, schemaPath) });
    default:
      return one('other');
  }
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const hasKey = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key);

function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((inner, key) => (hasKey(inner, key) ? (inner as Record<string, unknown>)[key] : undefined), value);
}

/** The constants of a union, as `a, b, c`. */
function choicesAt(schema: TSchema, schemaPath: string): string {
  const union = at(schema, schemaPath.replace(/^#/, '').replace(/\/anyOf$/, ''));
  const options = hasKey(union, 'anyOf') ? (union as { anyOf: readonly { const?: unknown }[] }).anyOf : [];
  return options.flatMap((option) => (option.const === undefined ? [] : [String(option.const)])).join(', ');
}
