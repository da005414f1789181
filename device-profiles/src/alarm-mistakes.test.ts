import { expect, test } from 'vitest'
import type * as z from 'zod'
import { alarmMistakes } from './alarm-mistakes.ts'
import { alarmEntry } from './device.ts'

const none = new Map<string, string>()
const points = {
  door: { name: 'door', type: 'bool', names: none },
  word: { name: 'word', type: 'string', names: none },
  mode: {
    name: 'mode',
    type: 'enum',
    names: new Map([
      ['R', 'run'],
      ['F', 'fault'],
    ]),
  },
  state: {
    name: 'state',
    type: 'enum',
    names: new Map([
      [0, 'stop'],
      [2, 'fault'],
    ]),
  },
  faults: {
    name: 'faults',
    type: 'bitfield',
    names: new Map([
      [0, 'overload'],
      [1, 'fan'],
    ]),
  },
  load: { name: 'load', type: 'uint16', names: none, range: [0, 100], unit: 'kg' },
} as const

const cases: readonly (readonly [
  point: keyof typeof points,
  written: Partial<z.input<typeof alarmEntry>>,
  mistake?: string,
])[] = [
  ['door', { is: true }],
  ['door', { is: [true, false] }],
  ['door', { is: 1 }, 'is: door is never "1"; write true or false'],
  ['word', { is: ['E1', 'E2,E3'] }],
  ['word', { is: true }, 'is: word is never true; write "true", a text'],
  ['mode', { is: 'fault' }],
  ['mode', { is: 'F' }, 'is: mode is never "F"; write run or fault'],
  ['mode', { is: 7 }, 'is: mode is never "7"; write run or fault'],
  ['state', { is: ['fault', 7] }],
  ['state', { is: 'falt' }, 'is: state is never "falt"; did you mean fault?'],
  ['faults', { is: ['fan', 'bit_7'] }],
  ['faults', { is: 'bit7' }, 'is: faults is never "bit7"; write overload or fan'],
  [
    'faults',
    {},
    'point: faults is no number (bitfield), so no limit can be judged; write is: overload in place of limits, or name another point',
  ],
  ['door', { is: true, low: 1 }, 'low: low is for numbers, and door is none (bool); remove it'],
  ['load', { is: true }, 'is: load is a number (uint16); write high: or low: instead'],
  ['load', { high: 5 }],
  ['load', {}, 'the alarm has no limit; write high: or low:'],
  [
    'load',
    { high: 100 },
    'high: nothing can be above 100: the plausible range of load is 0 to 100 kg; write a limit within it',
  ],
  ['load', { high: 3, low: 4 }, 'high: high 3 is not above low 4; swap the two'],
  [
    'load',
    { high: 4, low: 2, hysteresis: 1 },
    'hysteresis: hysteresis 1 leaves no way back between 2 and 4; write less than 1',
  ],
]

for (const [point, written, mistake] of cases) {
  test(`judges an alarm on ${point}: ${JSON.stringify(written)}`, () => {
    const found = alarmMistakes(alarmEntry.parse({ point, ...written }), points[point])
    const lines = found.map(({ key, message, fix }) => `${key === undefined ? '' : `${key}: `}${message}; ${fix}`)
    expect(lines).toEqual(mistake === undefined ? [] : [mistake])
  })
}
