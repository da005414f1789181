import { expect, test } from 'vitest'
import { titledLayout } from './titled.ts'

function layout() {
  const fields = new Map([
    ['temperature', 'Temp (C)'],
    ['humidity', 'RH, %'],
  ])
  return titledLayout({ kind: 'titled', by: ',', quoted: true, fields })
}

test('columns are found by the titles, wherever they are', () => {
  const { read } = layout()
  expect(read('time,"RH, %",Temp (C)')).toBe('titles')
  expect(read('12:00,45,23.4')).toStrictEqual(['23.4', '45'])
  expect(read('Temp (C),"RH, %"')).toBe('titles')
  expect(read('23.4,45')).toStrictEqual(['23.4', '45'])
})

test('nothing is read before the titles came', () => {
  expect(layout().read('23.4,45')).toStrictEqual({ damaged: 'the line with the titles has not come yet' })
})

test('a line that was cut or has grown is damaged', () => {
  const { read } = layout()
  read('time,"RH, %",Temp (C)')
  expect(read('45,23.4')).toStrictEqual({ damaged: 'it has 2 fields for 3 titles' })
  expect(read('12:00,45,23.4,12:01')).toStrictEqual({ damaged: 'it has 4 fields for 3 titles' })
  expect(read('12:00,"45,23.4')).toStrictEqual({ damaged: 'its quotes do not end' })
})

test('titles that have changed end what was known', () => {
  const { read } = layout()
  read('Temp (C),"RH, %"')
  expect(read('Temp (F),"RH, %"')).toStrictEqual({ damaged: 'the titles lack Temp (C)' })
  expect(read('74.1,45')).toStrictEqual({ damaged: 'the line with the titles has not come yet' })
})

test('what is written follows the titles that go ahead of it', () => {
  const { read, write, ahead = '' } = layout()
  expect(read(ahead)).toBe('titles')
  expect(read(write(new Map([['humidity', '45']])) ?? '')).toStrictEqual(['', '45'])
})
