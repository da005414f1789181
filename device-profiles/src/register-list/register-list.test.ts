import { formatProblem, parseCsv } from '@lineside/settings'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { lintProfiles } from '../lint.ts'
import { loadProfiles } from '../loader.ts'
import type { ModbusPoint } from '../modbus/profile.ts'
import { runProfileTests } from '../protocols.ts'
import { listTypes } from './cells.ts'
import { profileText } from './profile-text.ts'
import { type ListOptions, readRegisterList } from './rows.ts'

const head = { profile: 'own/meter', vendor: 'Own', model: 'Meter: 1', source: 'the list', confidence: 'low' } as const

function made(csv: string, options: ListOptions = {}) {
  const { table, problems } = parseCsv('list.csv', csv)
  if (!table) throw new Error(problems.map(formatProblem).join())
  const list = readRegisterList('list.csv', table, options)
  const text = profileText(head, list.points)
  const file = { file: 'own/meter.yaml', text }
  const profile = loadProfiles([file]).profiles.get('own/meter')
  const points = profile?.protocol === 'modbus' ? profile.points : new Map<string, ModbusPoint>()
  const failures = profile ? runProfileTests(profile) : ['no profile']
  return {
    problems: list.problems.map(formatProblem),
    text,
    points,
    remarks: lintProfiles([file]).map(formatProblem),
    failures,
  }
}

const ranged = (min: string, max: string) => `address,name,type,scale,min,max\n0,a,uint8,0.1,${min},${max}\n`

const withScale = (scale: string) =>
  made(`address;name;type;scale;max\n0;a;uint16;${scale};1,234\n`, { table: 'holding' }).problems

test('a list of a manual becomes a profile that has nothing a reviewer would ask for', () => {
  const { problems, remarks, failures, points, text } =
    made(`Register Address;Parameter;Data Type;Unit;Factor;Function Code;Length;Min;Max;Remark
0x0000;Voltage L1-N (V);U16;V;0,1;4;1;0;400;phase to neutral
1;Current L1;INT16;A;1/100;4;1;;;
2;Total Energy;unsigned;kWh;0.01;4;2;;;
4;Temperature;float;°C;;4;2;-40;85;
6;Serial number;ASCII;;;3;8;;;
100;Relay 1;bit;;;1;1;;;
`)
  expect({ problems, remarks, failures }).toEqual({ problems: [], remarks: [], failures: [] })
  expect(points.get('voltage_l1_n')).toMatchObject({
    table: 'input',
    address: 0,
    type: 'uint16',
    scale: [0.1],
    unit: 'V',
    range: [0, 400],
    description: 'phase to neutral',
  })
  expect(points.get('total_energy')).toMatchObject({ type: 'uint32', unit: 'kW.h', range: [0, 42_949_672.94] })
  expect(points.get('serial_number')).toMatchObject({ table: 'holding', address: 6, type: 'string', count: 8 })
  expect(points.get('relay_1')).toMatchObject({ table: 'coil', address: 100 })
  expect(text).toContain('- { title: "the list", confidence: low }')
  expect(text).toContain('# Made by calculation: replace it')
})

test('whatever such lists hold, what is made of them passes lint and its own tests', () => {
  const row = fc.record({
    type: fc.constantFrom(...listTypes),
    unit: fc.constantFrom('', 'V', 'kWh', '°C', '%', '-'),
    scale: fc.constantFrom('', '0.1', '0,01', '1/1000', '10'),
    offset: fc.constantFrom('', '-40', '0.5'),
    order: fc.constantFrom('', 'abcd', 'cdab', 'badc'),
    range: fc.constantFrom([';', ';'], ['0', '100'], ['-5,5', '']),
    description: fc.constantFrom('', 'a note', 'yes', '1', '"it: said, {so}"'),
  })
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), rows => {
      const lines = rows.map(({ type, unit, scale, offset, order, range: [min = '', max = ''], description }, n) =>
        [n * 4, `p ${n}`, type, unit, scale, offset, order, type === 'string' ? 4 : '', min, max, description]
          .map(cell => (cell === ';' ? '' : cell))
          .join(';'),
      )
      const csv = `address;name;type;unit;scale;offset;order;registers;min;max;description\n${lines.join('\n')}\n`
      const { problems, remarks, failures, points } = made(csv, { table: 'holding' })
      // A range that the register never shows is refused, and rightly so.
      fc.pre(problems.every(problem => !problem.includes('is never between')))
      expect({ problems, remarks, failures, size: points.size }).toEqual({
        problems: [],
        remarks: [],
        failures: [],
        size: rows.length,
      })
    }),
    { numRuns: 40 },
  )
})

test('a range is what the register can show of what the list says, and one that it never shows is told', () => {
  const options = { table: 'holding' } as const
  expect(made(ranged('0', '100'), options).points.get('a')?.range).toEqual([0, 25.4])
  expect(made(ranged('5', ''), options).points.get('a')?.range).toEqual([5, 25.4])
  expect(made(ranged('30', '100'), options).problems).toEqual([
    'list.csv:2:15 min: a uint8 with this scale is never between 30 and 100; correct type, scale or range',
  ])
})

test('numbers that may be printed ones are not guessed at', () => {
  const csv = 'address,name,type\n40001,a,u16\n40003,b,u16\n'
  expect(made(csv, { table: 'holding' }).problems[0]).toMatch(
    /^list\.csv:2:1 address: 40001 may be a printed number; say .*--base printed/,
  )
  expect(made(csv, { base: 'printed' }).points.get('b')).toMatchObject({ table: 'holding', address: 2 })
  expect(made(csv, { base: '0', table: 'holding' }).points.get('b')).toMatchObject({ address: 40_003 })
  expect(made(csv, { base: '1', table: 'holding' }).points.get('b')).toMatchObject({ address: 40_002 })
})

test('everything that is not understood is told at once, with its place', () => {
  const csv = `address,name,type,unit,scale,table,registers,colour
5,,u17,Volts,abc,holding,,
6,Voltage,string,,,holding,,
7,Voltage,u16,,,,,
8,Power,u16,W,,holding,2,
9,Voltage,u16,,,4,,
10,Voltage,u16,,,4,,
`
  expect(made(csv).problems.map(problem => problem.replace(/;.*/, ''))).toEqual([
    'list.csv:1:46 colour is no known column',
    'list.csv:2:3 name: the row has no name',
    'list.csv:2:4 type: u17: this is no type',
    'list.csv:2:8 unit: Volts is not understood',
    'list.csv:2:14 scale: abc is not understood',
    'list.csv:3:11 type: a string has no length',
    'list.csv:4:1 table: the row has no table',
    'list.csv:5:9 type: a uint16 does not take 2 registers',
    'list.csv:7:4 name: voltage is already in line 6',
  ])
  expect(made('adress,name\n1,a\n').problems).toEqual([
    'list.csv:1:1 adress is no known column; did you mean address?',
    'list.csv:1:1 there is no column for the address; call it address',
    'list.csv:1:1 there is no column for the type; call it type',
    expect.stringContaining('nothing says in which table the registers are; write --table'),
  ])
})

test('of two columns that say the same the one that is called so counts; where none is, a person is asked', () => {
  const { points, problems } = made('address,Bezeichnung,Name,type\n0,Spannung,voltage,uint16\n', { table: 'input' })
  expect(problems).toEqual([])
  expect([...points.keys()]).toEqual(['voltage'])
  const unclear = made('address,Bezeichnung,Signal,type\n0,Spannung,voltage,uint16\n', { table: 'input' })
  expect(unclear.problems).toEqual([
    expect.stringMatching(/^list\.csv:1:21 .*a column before Signal says the name too.*call the one that counts name/),
  ])
})

test('a comma that may be of thousands is not guessed at', () => {
  expect(withScale('1')).toEqual(['list.csv:2:14 max: 1,234 may be 1.234 or 1234; write 1.234 or 1234'])
  expect(withScale('0,1')).toEqual([])
  expect(withScale('1,500')).toHaveLength(2)
})
