// 导入的表格哪里不对、怎么改：说清哪一行哪一列，不怪人。
import type { FileWords } from './files.ts';

export const filesZh = {
  file: {
    'empty-file': ['文件是空的', '选有内容的文件'],
    'old-xls': ['这是旧格式的 .xls，读不了', '在 Excel 或 WPS 里另存为 .xlsx 再导入'],
    'locked-workbook': ['文件设了打开密码，读不了', '去掉密码（文件 → 信息 → 保护工作簿），保存后再导入'],
    'not-a-workbook': ['这不是 .xlsx 工作簿，也不是 CSV', '用 Excel 或 WPS 打开，另存为 .xlsx 再导入'],
    'damaged-workbook': ['文件不完整或已损坏', '用 Excel 或 WPS 打开，重新另存为 .xlsx；打不开就重新下载'],
    'workbook-too-large': ['文件展开后太大', '删去多余的工作表和空行的格式，或分几个文件；读数很多时存成 CSV'],
    'bad-text': ['文字编码看不懂（第 {byte} 字节起）', '存成 .xlsx，或存成 UTF-8 编码的 CSV'],
  },
  cell: {
    'no-heading': ['没有找到列名行', '表头要有这几列：{headings}'],
    'missing-heading': ['缺少“{heading}”这一列', '补上这一列；列名照模板写'],
    'unknown-heading': ['“{heading}”这一列不读', '不用管；要读的话，列名照模板写'],
    'no-rows': ['列名下面没有数据', '从列名的下一行填起'],
    'empty-cell': ['“{heading}”没有填', '填上这一格'],
    'cell-error': ['“{heading}”是错误值 {found}', '改正公式，或直接填数'],
    'formula-without-value': ['“{heading}”是公式，还没有算出值', '用 Excel 或 WPS 打开，保存后再导入，或直接填数'],
    'formula-value': [
      '“{heading}”这一列有公式（如 ={formula}），取的是文件里最后算出的值 {found}',
      '核对一下；不对就直接填数',
    ],
    'not-in-list': ['“{heading}”里没有“{found}”', '[[是不是 {nearest}？]]从列表中选'],
    twice: ['与第 {other} 行重复', '留一行'],
    'not-yours': ['这一行不归您管', '请有权限的人导入'],
    'no-such-person': ['没有工号“{found}”', '核对工号；新人先登记'],
    'name-differs': ['工号 {number} 不叫“{found}”', '核对工号和姓名，可能串行了'],
    'bad-hours': ['工时“{found}”不对', '填 0 到 24 的小时数，最多两位小数'],
    'bad-period': ['“{found}”不是日期，也不是月份', '写成 2021-03-01 或 2021-03'],
    'no-such-figure': ['现行模型里没有这一个系数', '新增定额、改生效日或曲线的点，请在企业模型里做'],
    'figure-twice': ['模型里这个系数不止一处', '在企业模型里改'],
    'from-day-needed': ['没有说新数从哪天起用', '选一个起用日'],
  },
  report: {
    refused: '未收下的行',
    row: '原行号',
    reason: '未收下的原因',
    cure: '改法',
    nothing: '没有不能收的行',
  },
} satisfies FileWords;
