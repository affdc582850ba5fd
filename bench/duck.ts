// The peer: DuckDB with two threads on native tables with integer keys. Loads typed columns without the clock running.
import { BIGINT, type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, INTEGER } from '@duckdb/node-api';

export type Columns = Readonly<Record<string, Int32Array | Float64Array>>;

export async function openDuck(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  return instance.connect();
}

/** Creates a table of integer columns (Int32Array → INTEGER, Float64Array of integers → BIGINT) and fills it in row order. */
export async function load(duck: DuckDBConnection, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const isInt = (name: string): boolean => columns[name] instanceof Int32Array;
  await duck.run(
    `create table ${table}(${names.map((name) => `${name} ${isInt(name) ? 'integer' : 'bigint'}`).join(', ')})`,
  );
  const appender = await duck.createAppender(table);
  const length = columns[names[0] as string]?.length ?? 0;
  for (let from = 0; from < length; from += 2048) {
    const count = Math.min(2048, length - from);
    const chunk = DuckDBDataChunk.create(
      names.map((name) => (isInt(name) ? INTEGER : BIGINT)),
      count,
    );
    for (const [at, name] of names.entries()) {
      const column = columns[name] as Int32Array | Float64Array;
      const values: (number | bigint)[] = [];
      for (let i = from; i < from + count; i += 1) values.push(isInt(name) ? column[i]! : BigInt(column[i]!));
      chunk.setColumnValues(at, values);
    }
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
}

/** Rows of a query as arrays of numbers. */
export async function rows(duck: DuckDBConnection, sql: string): Promise<number[][]> {
  const result = await duck.runAndReadAll(sql);
  return result.getRows().map((row) => row.map(Number));
}

/** Integer division rounded half-even, the same rounding as the engine's. */
export const MACROS = `
create or replace macro half_even(n, d) as (n // d) - (case when n % d < 0 then 1 else 0 end)
  + (case when 2 * (((n % d) + d) % d) > d or (2 * (((n % d) + d) % d) = d and ((n // d) - (case when n % d < 0 then 1 else 0 end)) % 2 <> 0) then 1 else 0 end);
`;
