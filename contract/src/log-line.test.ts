import { expect, test } from 'vitest'
import { logShape, logWriter } from './log-line.ts'

/** What a logger makes of a warning. */
const { level } = logShape.formatters.level('warn')
const line = (fields: object, msg: string) =>
  `${JSON.stringify({ level }).slice(0, -1)}${logShape.timestamp()},${JSON.stringify({ ...fields, msg }).slice(1)}\n`
const warning = line({ device: 'press_3', reason: 'no answer within 1 s', missed: 3 }, 'device is silent')

function logged(isTerminal: boolean, text = warning): string {
  let written = ''
  logWriter({ isTerminal, write: part => void (written += part) }).write(text)
  return written
}

test('a terminal gets a line for people', () => {
  expect(logged(true)).toMatch(/^\d\d:\d\d:\d\d warn /)
  expect(logged(true).slice(9)).toBe(
    'warn  device is silent  device=press_3  reason="no answer within 1 s"  missed=3\n',
  )
})

test('of what was thrown a terminal gets the sentence', () => {
  const err = { type: 'Error', message: 'disk I/O error', stack: 'Error: disk I/O error\n    at commit' }
  expect(logged(true, line({ err }, 'the log can not store')).slice(9)).toBe(
    'warn  the log can not store  err="disk I/O error"\n',
  )
})

test('everything else gets JSON with the level as a word, and the time in UTC', () => {
  expect(JSON.parse(logged(false))).toMatchObject({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    device: 'press_3',
    missed: 3,
    msg: 'device is silent',
  })
})
