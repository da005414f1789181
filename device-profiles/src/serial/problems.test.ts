import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadYaml } from '../values/testing.ts'

const good = {
  framing: '{ lines: "\\r\\n" }',
  polls: '{ weight: { send: "SI\\r\\n", answers: [weight] } }',
  messages: '{ weight: { format: "S {status:1} {value} {unit}" } }',
  points: '{ weight: { from: { message: weight, field: value }, type: number, unit: kg } }',
}

function problems(change: Partial<Record<keyof typeof good | 'checksum' | 'params' | 'silent_after', string>>): string {
  const keys = Object.entries({ ...good, ...change })
  return loadYaml('serial', keys.map(([key, text]) => `${key}: ${text}\n`).join(''))
    .problems.map(formatProblem)
    .join('\n')
}

test('a right profile has no problems', () => {
  expect(problems({})).toBe('')
})

test.each([
  [{ framing: '{ lines: "" }' }, 'framing'],
  [{ silent_after: '1m' }, 'a device that is asked does not talk by itself; remove it'],
  [{ framing: '{ fixed: 16 }' }, 'without marks a lost byte would shift every frame; write start or end'],
  [{ framing: '{ fixed: 4, start: "ab", end: "\\r\\n" }' }, 'the marks leave no room'],
  [{ framing: '{ start: "|", end: "|" }' }, 'start and end are the same'],
  [{ polls: '{ weight: { send: "SI", answers: [wait] } }' }, 'there is no message wait; write one of weight'],
  [{ polls: '{ weight: { send: "{address}SI" } }' }, 'there is no param address; declare it'],
  [{ messages: '{ weight: { format: "{value}{unit}" } }' }, 'nothing says where {value} ends; give it a width'],
  [{ messages: "{ weight: { regex: '(?<value>(?:a+)+)' } }" }, 'repeats a group; write its parts one after the other'],
  [
    { messages: "{ weight: { regex: '(?<value>.*) (?<unit>.*)' } }" },
    'may take the " " that comes behind it as well; write',
  ],
  [{ messages: "{ weight: { regex: '(?<v>[0-9]+)' } }" }, 'has no field value; it has v'],
  [{ messages: '{ weight: { pairs: { between: "=", fields: { value: T } } } }' }, 'the two separators are alike'],
  [{ messages: '{ weight: { pairs: { between: ";", fields: { value: T, b: T } } } }' }, 'two fields have one key'],
  [{ messages: '{ weight: { pairs: { between: ";", fields: { value: T }, at_least: 2 } } }' }, 'there are only 1 keys'],
  [{ messages: '{ weight: { json: { fields: { value: "a..b" } } } }' }, '"a..b" is not a path at'],
  [{ messages: '{ weight: { json: { fields: { value: "{room}.t" } } } }' }, 'there is no param room'],
  [{ messages: '{ weight: { obis: { fields: { value: "[1]" } } } }' }, '"[1]" is no place in a telegram; write a code'],
  [{ messages: '{ weight: { obis: { fields: { value: "0-{n}:1.0.0" } } } }' }, 'there is no param n'],
  [
    { messages: '{ weight: { split: ",", fields: { value: 0, b: Title } } }' },
    'some columns have a number and others a title',
  ],
  [{ messages: '{ weight: { split: ",", match: { 0: A }, fields: { value: Title } } }' }, 'match counts columns'],
  [{ messages: '{ weight: { format: "{value}", time: { field: t, as: iso } } }' }, 'has no field t; it has value'],
  [{ messages: '{ weight: { format: "{value}", time: { as: dsmr, utc_offset: zone } } }' }, 'there is no param zone'],
  [
    { points: '{ weight: { from: { message: weight, field: value, time: unit }, type: number } }' },
    "doesn't say how it writes times; write time: { as: … } there",
  ],
  [
    {
      messages: '{ weight: { format: "{value} {unit}", time: { as: iso } } }',
      points: '{ weight: { from: { message: weight, field: value, time: unit }, type: number } }',
    },
    'the answers to one poll have one time; remove time',
  ],
  [
    { points: '{ weight: { from: { message: weight, field: value, when: { kind: 1 } }, type: number } }' },
    'has no field kind; it has status, value, unit',
  ],
  [{ messages: '{ weight: { format: "{value}", ignore: true } }' }, 'brings no points'],
  [{ messages: '{ weight: { format: "{value}" }, other: { format: "O{x}" } }' }, 'no point comes from this message'],
  [{ messages: '{ weight: { format: "{value}", status: { field: s, values: {} } } }' }, 'has no field s; it has value'],
  [{ messages: '{ weight: { format: "{value}", status: { field: value, values: { A: fine } } } }' }, 'fine'],
  [{ points: '{ weight: { from: { message: wait, field: value }, type: number } }' }, 'there is no message wait'],
  [{ points: '{ weight: { from: { message: weight, field: v }, type: number } }' }, 'has no field v'],
  [
    { points: '{ weight: { from: { message: weight, field: value }, type: enum } }' },
    'names is missing; write names: { text: name }',
  ],
  [{ points: '{ weight: { from: { message: weight, field: value }, type: bool, scale: 2 } }' }, 'a bool has no units'],
  [
    { points: '{ weight: { from: { message: weight, field: value }, type: number, scale: ct } }' },
    'there is no param ct',
  ],
  [
    { points: '{ weight: { from: { message: weight, field: value, unit: unit }, type: number } }' },
    'units is missing; write units: { text: factor }',
  ],
  [
    { points: '{ weight: { from: { message: weight, field: value }, type: number, units: { g: 1 } } }' },
    'belong together',
  ],
  [{ points: '{ weight: { from: { message: weight, field: value }, type: number, scale: 0 } }' }, 'loses the value'],
])('%o is told: %s', (change, text) => {
  const told = problems(change)
  expect(told).toContain(text)
  expect(told).toMatch(/^device\.yaml:\d+:\d+ /)
})
