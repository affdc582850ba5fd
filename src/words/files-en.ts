// Files that came back, in English.
import type { FileWords } from './files.ts';

export const filesEn = {
  file: {
    'empty-file': ['the file is empty', 'choose one that holds something'],
    'old-xls': ['this is an old .xls, which is not read', 'save it as .xlsx in Excel or WPS and send it again'],
    'locked-workbook': ['the file needs a password to open', 'take the password away, save, and send it again'],
    'not-a-workbook': [
      'this is neither an .xlsx workbook nor a CSV',
      'open it in Excel or WPS, save it as .xlsx and send that',
    ],
    'damaged-workbook': [
      'the file is not whole',
      'open it in Excel or WPS and save it as .xlsx anew; if it does not open, download it again',
    ],
    'workbook-too-large': [
      'the file is too large once it is unpacked',
      'remove sheets and formats of empty rows, or send several files; save many readings as CSV',
    ],
    'bad-text': ['the text is in no known encoding (from byte {byte} on)', 'save it as .xlsx, or as CSV in UTF-8'],
  },
  cell: {
    'no-heading': ['no row of headings was found', 'these columns are needed: {headings}'],
    'missing-heading': ['there is no column "{heading}"', 'add it, with the heading of the template'],
    'unknown-heading': ['the column "{heading}" is not read', 'leave it; or give it a heading of the template'],
    'no-rows': ['nothing stands below the headings', 'begin in the row below them'],
    'empty-cell': ['"{heading}" is empty', 'fill it in'],
    'cell-error': ['"{heading}" holds the error {found}', 'mend the formula, or put the figure itself'],
    'formula-without-value': [
      '"{heading}" is a formula that was never calculated',
      'open and save the file in Excel or WPS, or put the figure itself',
    ],
    'formula-value': [
      'the column "{heading}" holds formulas (such as ={formula}); the value last shown was taken, {found}',
      'check it; put the figure itself if it is wrong',
    ],
    'not-in-list': ['"{heading}" knows no "{found}"', '[[is it {nearest}? ]]choose from the list'],
    twice: ['says again what row {other} says', 'keep one of them'],
    'not-yours': ['this row is not yours to bring', 'ask somebody who may'],
    'no-such-person': ['nobody has the staff number "{found}"', 'check it; enter new people first'],
    'name-differs': ['staff number {number} is not "{found}"', 'check number and name: rows may have slipped'],
    'bad-hours': ['"{found}" is no number of hours', 'put 0 to 24 hours with at most two decimal places'],
    'bad-period': ['"{found}" is neither a day nor a month', 'write 2021-03-01 or 2021-03'],
    'no-such-figure': [
      'the model in force has no such coefficient',
      'new standards, other days and other points of a curve are written in the model',
    ],
    'figure-twice': ['the model holds this coefficient more than once', 'change it in the model'],
    'from-day-needed': ['it is not said from which day the new figures hold', 'choose their first day'],
  },
  report: {
    refused: 'Rows not taken',
    row: 'row before',
    reason: 'why not taken',
    cure: 'what to do',
    nothing: 'there is no row that cannot be taken',
  },
} satisfies FileWords;
