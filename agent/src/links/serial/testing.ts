import type { SerialMessage, SerialPoint, SerialPoll, SerialProfile } from '@lineside/device-profiles'
import { testBase, testNumber } from '../testing.ts'

const serialPoint = (name: string, message: string): SerialPoint => ({
  ...testNumber,
  protocol: 'serial',
  name,
  from: [{ message, field: 'value', when: new Map() }],
  ignoresStatus: false,
})

const serialMessage = (name: string): SerialMessage => ({
  name,
  layout: { kind: 'format', format: `${name} {value}` },
  statuses: [],
  ignore: false,
})
const refusal: SerialMessage = { ...serialMessage('E'), refuse: 'not now' }

/** Lines `W 12.5` (point `weight`) and `T 20.1` (point `temperature`); with `polls`, `W?` and `T?` ask for them. */
export function testSerialProfile(polls: boolean, timeoutMs = 40): SerialProfile {
  const poll = (name: string): SerialPoll => ({
    name: `ask ${name}`,
    send: `${name}?\r\n`,
    timeoutMs,
    answers: [name, 'E'],
  })
  return {
    ...testBase,
    protocol: 'serial',
    serial: {},
    framing: { kind: 'lines', terminator: '\r\n', maxLength: 80, first: 'keep' },
    polls: new Map(polls ? ['W', 'T'].map(name => [`ask ${name}`, poll(name)]) : []),
    messages: new Map([serialMessage('W'), serialMessage('T'), refusal].map(m => [m.name, m])),
    others: 'refuse',
    points: new Map([serialPoint('weight', 'W'), serialPoint('temperature', 'T')].map(p => [p.name, p])),
  }
}
