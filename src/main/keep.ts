// Commands that keep a service: bringing a plant in, verifying its ledger, letting old readings go.
import { join } from 'node:path';
import { readFolder, readingFiles } from '../connect/folder.ts';
import { fileAt } from '../connect/readings.ts';
import { parseDay, readPlant } from '../plant.ts';
import { Database } from '../store/database.ts';
import { type Language, sayProblem, sayRefusal } from '../words/say.ts';
import { Plants } from '../work/plants.ts';
import { retireBefore } from '../work/retire.ts';
import { bringHistory } from '../work/seed.ts';
import { type Verified, verifyLedger } from '../work/verify.ts';
import { folderOf, said } from './answer.ts';
import { exitCodeOf } from './check.ts';
import type { Answer } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { csv } from './layout.ts';
import { Progress } from './opened.ts';
import type { Request } from './options.ts';
import { choosePlant, reachStore, refuseService } from './store.ts';

/** `crewledger import FOLDER`: the model, facts and readings of a folder; a service settles what is past. */
export async function runImport(request: Request, language: Language): Promise<Answer> {
  const path = request.operands[0] as string;
  const folder = await readFolder(path);
  const { plant, problems } = readPlant(folder.texts);
  const tell = (list: readonly (typeof problems)[number][]): string =>
    list
      .filter(({ severity }) => severity === 'error')
      .map((problem) => `${sayProblem(problem, language)}\n`)
      .join('');
  if (!plant || folder.texts.size === 0) {
    // Of a folder that cannot be read nothing else is worth saying.
    const all = folder.texts.size === 0 ? folder.problems : [...folder.problems, ...problems];
    return { text: '', refused: tell(all), exitCode: exitCodeOf(all) };
  }
  const opened = await reachStore(folderOf(request), language, 'make');
  if (!opened.ok) return { text: '', refused: opened.text, exitCode: opened.exitCode };
  const db = new Database({ url: opened.store.serviceUrl });
  const progress = new Progress(language === 'zh' ? '导入' : 'bringing in');
  try {
    let rows = 0;
    const seeded = await bringHistory(db, {
      texts: folder.texts,
      readings: [
        ...readingFiles(folder.names, plant).map((name) => fileAt(join(path, name), name)),
        ...request.values('--readings').map((file) => fileAt(file)),
      ],
      onProgress: (told) => {
        if (told.stage === 'readings') rows = told.rows;
        progress.tell(told.rows);
      },
    });
    progress.end();
    const all = [...folder.problems, ...seeded.problems];
    if (!seeded.ok) return { text: '', refused: tell(all), exitCode: exitCodeOf(all) };
    if (seeded.there) {
      const { text } = refuseService('plant-there', { plant: plant.id }, language);
      return { text: '', refused: text, exitCode: EXIT.data };
    }
    return {
      text: said('imported', { plant: plant.id, rows: String(rows) }, language),
      refused: tell(all),
      exitCode: exitCodeOf(all),
    };
  } finally {
    await db.close();
    await opened.store.close();
  }
}

/** `crewledger verify`: 0 when the ledger holds, 65 when something was found. */
export async function runVerify(request: Request, language: Language): Promise<Answer> {
  for (const option of ['--from', '--to'] as const) {
    const found = request.values(option)[0];
    if (found === undefined || parseDay(found) !== undefined) continue;
    const refused = sayRefusal('bad-value', { option, found, value: '2022-03-01' }, language);
    return { text: '', refused: `crewledger: ${refused}\n`, exitCode: EXIT.usage };
  }
  const opened = await reachStore(folderOf(request), language);
  if (!opened.ok) return { text: '', refused: opened.text, exitCode: opened.exitCode };
  const db = new Database({ url: opened.store.serviceUrl });
  const progress = new Progress(language === 'zh' ? '核验' : 'verifying');
  try {
    const chosen = await choosePlant(db, request.values('--plant')[0], language);
    if (!chosen.ok) return { text: '', refused: chosen.text, exitCode: chosen.exitCode };
    if (!chosen.plant) {
      const refused = refuseService('no-plant', {}, language);
      return { text: '', refused: refused.text, exitCode: refused.exitCode };
    }
    const [from, to] = [request.values('--from')[0], request.values('--to')[0]];
    const verified = await verifyLedger(db, chosen.plant.plantId, chosen.plant.id, {
      settle: request.values('--no-settle').length === 0,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      onProgress: (done) => progress.tell(done),
    });
    progress.end();
    const format = request.values('--format')[0] ?? 'text';
    const text = { text: verifiedText, json: verifiedJson, csv: verifiedCsv }[format as 'text'](verified, language);
    return { text, exitCode: verified.findings.length === 0 ? EXIT.ok : EXIT.data };
  } finally {
    await db.close();
    await opened.store.close();
  }
}

/** `crewledger retire --before MONTH`. */
export async function runRetire(request: Request, language: Language): Promise<Answer> {
  const before = request.values('--before')[0] ?? '';
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(before)) {
    const args = { command: 'retire', option: '--before', value: '2022-03' };
    return { text: '', refused: `crewledger: ${sayRefusal('missing-option', args, language)}\n`, exitCode: EXIT.usage };
  }
  const opened = await reachStore(folderOf(request), language);
  if (!opened.ok) return { text: '', refused: opened.text, exitCode: opened.exitCode };
  const db = new Database({ url: opened.store.serviceUrl });
  try {
    const chosen = await choosePlant(db, request.values('--plant')[0], language);
    if (!chosen.ok) return { text: '', refused: chosen.text, exitCode: chosen.exitCode };
    if (!chosen.plant) {
      const refused = refuseService('no-plant', {}, language);
      return { text: '', refused: refused.text, exitCode: refused.exitCode };
    }
    const { months, open } = await retireBefore(db, new Plants(chosen.plant.plantId), before);
    const text = [
      ...months.map(({ month, gone }) => said('retired', { month, rows: String(gone) }, language)),
      ...open.map((month) => said('retireOpen', { month }, language)),
      ...(months.length + open.length === 0 ? [said('retireNothing', { month: before }, language)] : []),
    ];
    return { text: text.join(''), exitCode: EXIT.ok };
  } finally {
    await db.close();
    await opened.store.close();
  }
}

function verifiedText(verified: Verified, language: Language): string {
  const { findings, vouchers, seals, unsealed, settledAgain, fromQuantities } = verified;
  if (findings.length > 0)
    return (
      said('findings', { count: String(findings.length) }, language) +
      findings.map(({ code, what, expected, found }) => `  ${code}  ${what}\n    ${expected}\n    ${found}\n`).join('')
    );
  const args = {
    vouchers: String(vouchers),
    seals: String(seals),
    settled: String(settledAgain),
    fromQuantities: fromQuantities === 0 ? '' : String(fromQuantities),
  };
  return (
    said(settledAgain + fromQuantities === 0 ? 'verifiedOnly' : 'verified', args, language) +
    (unsealed === 0 ? '' : said('verifiedUnsealed', { unsealed: String(unsealed) }, language))
  );
}

const verifiedJson = (verified: Verified): string => `${JSON.stringify(verified, undefined, 1)}\n`;
const verifiedCsv = ({ findings }: Verified): string =>
  csv(
    ['code', 'what', 'expected', 'found'],
    findings.map(({ code, what, expected, found }) => [code, what, expected, found]),
  );
