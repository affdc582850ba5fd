// 凭证为什么有这一版：一句话说清。
import type { LedgerWords } from './ledger.ts';

export const ledgerZh = {
  cause: {
    'shift-ended': '班次结束，首次核算',
    'cut-off': '截止时间已到，缺的数不再等',
    readings: '收到 {points} 的读数（{first} 至 {last}）',
    fact: '登记了{table}“{id}”',
    model: '企业模型改为第 {version} 版',
    sheets: '周期内有 {count} 班核算单变动',
    reconciled: '月末核对：{id}',
    approved: '第 {restatement} 号更正已批准',
  },
  table: {
    'orders.csv': '调度令',
    'limits.csv': '限产',
    'exclusions.csv': '不计入时段',
    'fees.csv': '费用',
    'swaps.csv': '换班',
    'samples.csv': '化验样',
    'replacements.csv': '换表',
    'confirmations.csv': '确认',
  },
} as const satisfies LedgerWords;
