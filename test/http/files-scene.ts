// A small plant with its model in the database, its file routes over a real socket, and files sent and fetched as a browser would.

import { readWorkbook } from '../../src/connect/workbook.ts';
import { fileRoutes } from '../../src/http/files.ts';
import { exportPeople, importPeople } from '../../src/http/people-rows.ts';
import { RATES } from '../../src/http/service.ts';
import { readPlant } from '../../src/plant.ts';
import { Plants } from '../../src/work/plants.ts';
import { teachModel } from '../../src/work/teach.ts';
import { type Browser, type Served, serve } from './served.ts';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

const YAML = `# 小厂：两个工序
plant: {id: p, zone: Asia/Shanghai}
clocks:
  three: {shifts: {夜: {start: "00:00", end: "08:00"}, 早: {name: {zh: 白班, en: Day}, start: "08:00", end: "16:00"}, 中: {start: "16:00", end: "24:00"}}}
rotations:
  r: {clock: three, periods: [{from: 2022-03-01, pattern: 中夜早, offset: 1, crews: [A, B, C]}]}
organisations:
  administrative: {works: {name: 厂, kind: plant}, east: {name: 东车间, kind: workshop, parent: works}}
  party: {committee: {name: 党委, kind: committee}}
teams:
  east-a: {name: {zh: 东甲, en: East A}, crew: A, units: [u1], organisation: east, party: committee}
  west-a: {name: 西甲, crew: A, units: [u2], organisation: works, party: committee}
units:
  u1:
    name: {zh: 蒸发, en: Evaporation}
    rotation: r
    load set by: crew
    streams:
      water: {name: {zh: 蒸水量, en: Water}, role: output, unit: t, point: W1, budget: 10 t/h}
      steam:
        name: {zh: 蒸汽, en: Steam}
        role: input
        unit: t
        point: S1
        standard: # 2021 年核定
          water: { curve: load, at: { 8: 0.2900, 12: 0.2720 }, step: 0.00001 } # 曲线
          per hour run: 0.5
      density: {name: 密度, role: quality, of: water, point: L1, premium: "(value - 1) * 1 yuan/t", step: 0.0001}
      tools: {name: 耗材, role: fee, budget: 30 yuan/h}
  u2:
    name: 输送
    rotation: r
    streams:
      water2: {name: {zh: 蒸水量, en: Water}, role: output, unit: t, point: W2, budget: 10 t/h}
points:
  W1: {name: {zh: 蒸水流量, en: Water counter}, kind: counter, unit: t, step: 0.001}
  S1: {name: 蒸汽流量, kind: counter, unit: t, step: 0.001}
  W2: {kind: counter, unit: t, step: 1}
  L1: {name: 密度, kind: sample, unit: "1", step: 0.001}
`;
const PRICES =
  'item,kind,from,price\nwater,plan,2022-01-01,44.00\nwater2,plan,2022-01-01,44.00\nsteam,plan,2022-01-01,128.0000\n';
const BUDGETS = 'unit,stream,month,amount\nu1,water,2022-03,7440\n';

export interface FileScene extends Served {
  readonly plants: Plants;
  readonly model: () => Promise<Map<string, string>>;
}

export async function serveFiles(): Promise<FileScene> {
  const files = new Map([
    ['plant.yaml', YAML],
    ['prices.csv', PRICES],
    ['budgets.csv', BUDGETS],
  ]);
  const { plant, problems } = readPlant(files);
  if (!plant) throw new Error(JSON.stringify(problems));
  // The first plant of a fresh database.
  const plants = new Plants(1);
  const served = await serve({
    routes: fileRoutes({ plants, people: { importPeople, exportPeople } }),
    currentPlant: () => plants.newest?.plant ?? plant,
    settings: { rates: { ...RATES, heavy: 10_000 } },
  });
  const { db, plantId } = served;
  const bytes = new Map([...files].map(([name, text]) => [name, Buffer.from(text)]));
  await db.transaction((tx) =>
    teachModel(
      { db, plants },
      tx,
      { files: bytes, fromDay: '2022-01-01', base: undefined, note: '' },
      { author: undefined, source: 'test' },
      'p',
      0,
    ),
  );
  await plants.refresh(db);
  const model = async (): Promise<Map<string, string>> => {
    const rows = await db.rows<{ name: string; bytes: Buffer }>(
      'select name, bytes from model_files where plant_id = $1 and version = (select max(version) from model_versions)',
      plantId,
    );
    return new Map(rows.map((row) => [row.name, row.bytes.toString()]));
  };
  return { ...served, plants, model };
}

/** Fetches bytes; a browser's own `ask` gives text. */
export async function fetchFile(
  browser: Browser,
  url: string,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; bytes: Buffer; headers: Headers }> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(`${url}/api/v1${path}`, {
    ...init,
    headers: { cookie, 'x-crewledger': '1', ...(init.headers as Record<string, string>) },
  });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
}

/** The texts of a file's first sheet, row by row. */
export function textsOf(bytes: Uint8Array): string[][] {
  const read = readWorkbook(bytes);
  if (!read.ok) throw new Error(read.fault);
  return read.sheets[0]!.rows.map(({ cells }) =>
    Array.from({ length: Math.max(...cells.keys()) + 1 }, (_, i) => cells.get(i)?.text ?? ''),
  );
}
