import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCsv } from './csv.ts'
import { formatProblem } from './problem.ts'

const texts = (text: string) => parseCsv('t.csv', text).table?.rows.map(row => row.map(cell => cell.text))
const complaints = (text: string) => parseCsv('t.csv', text).problems.map(formatProblem)

test('whatever stands in the cells comes out as it went in', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', ';', '\t', '"', '\n', 'é', ' '), maxLength: 8 })
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain(width =>
      fc.tuple(
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 5 }),
        fc.constant(width),
      ),
    )
  fc.assert(
    fc.property(table, ([separator, end, rows, width]) => {
      const quoted = rows.map(row => row.map(text => `"${text.replaceAll('"', '""')}"`).join(separator))
      const header = Array.from({ length: width }, (_, n) => `c${n}`).join(separator)
      const wanted = rows.map(row => row.map(text => text.trim())).filter(row => row.some(text => text !== ''))
      expect(texts(`\ufeff${[header, ...quoted].join(end)}${end}`)).toEqual(wanted)
    }),
  )
})

test('every cell knows where it is written', () => {
  const { table } = parseCsv('t.csv', 'name;unit_id\n"a\nb" ; 7\n\nc;8\n')
  expect(table?.header.map(({ line, column }) => [line, column])).toEqual([
    [1, 1],
    [1, 6],
  ])
  expect(table?.rows.map(row => row.map(({ text, line, column }) => [text, line, column]))).toEqual([
    [
      ['a\nb', 2, 1],
      ['7', 3, 5],
    ],
    [
      ['c', 5, 1],
      ['8', 5, 3],
    ],
  ])
})

test('a row may end early, and has no more cells than the header', () => {
  expect(texts('a,b,c\n1\n')).toEqual([['1', '', '']])
  expect(texts('a,b\n1,2,,\n')).toEqual([['1', '2']])
  expect(complaints('a,b\n1,2,3\n')).toEqual([
    't.csv:2:5 3 cells, and the header has 2; put a text that holds a separator in quotes',
  ])
})

test('what is no table is said', () => {
  expect(complaints('')).toEqual(['t.csv:1:1 the file is empty; begin it with a header'])
  expect(complaints('a,b\n"x,1\n')).toEqual(['t.csv:2:1 a quote is not closed; write " at its end'])
  expect(complaints(`a\n${'1\n'.repeat(10_001)}`)).toEqual(['t.csv:1:1 more than 10000 rows; split the file'])
  expect(complaints('x'.repeat(2 ** 20 + 1))[0]).toContain('larger than 1 MiB')
})
