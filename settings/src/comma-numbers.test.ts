import { expect, test } from 'vitest'
import { unclearCommas } from './comma-numbers.ts'
import { parseCsv } from './csv.ts'

function unclear(text: string, csv: string): string | undefined {
  const { table } = parseCsv('t.csv', csv)
  if (!table) throw new Error('no table')
  return unclearCommas(table)(text)?.message
}

test.each([
  ['1,234', '1,234 may be 1.234 or 1234'],
  ['-12,500', '-12,500 may be -12.500 or -12500'],
  ['999,000', '999,000 may be 999.000 or 999000'],
  ['0,001', undefined],
  ['1,23', undefined],
  ['1,2345', undefined],
  ['1234,567', undefined],
  ['1.234', undefined],
  ['1234', undefined],
])('%s: %s', (text, message) => {
  expect(unclear(text, 'a;b\n1;2\n')).toBe(message)
})

test('what the other cells of a table with semicolons show decides', () => {
  expect(unclear('1,234', 'a;b\n1;0,1\n')).toBeUndefined()
  expect(unclear('1,234', 'a;b\n1;0,001\n')).toBeUndefined()
  expect(unclear('1,234', 'a;b\n1;1,500\n')).toBeDefined()
  expect(unclear('1,234', 'a;b\n1,234.5;0,1\n')).toBeDefined()
  expect(unclear('1,234', 'a;b\n1,234,567;0,1\n')).toBeDefined()
  expect(unclear('1,234', 'a,b\n1,"0,1"\n')).toBeDefined()
})
