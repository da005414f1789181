import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function logged(isTerminal: boolean): string {
  let text = ''
  const log = createLogger({ isTerminal, write: part => void (text += part) })
  log.warn({ device: 'press_3', reason: 'no answer within 1 s', missed: 3 }, 'device is silent')
  return text
}

test('a terminal gets a line for people', () => {
  expect(logged(true).slice(9)).toBe(
    'warn  device is silent  device=press_3  reason="no answer within 1 s"  missed=3\n',
  )
})

test('everything else gets JSON with the level as a word', () => {
  expect(JSON.parse(logged(false))).toMatchObject({
    level: 'warn',
    device: 'press_3',
    missed: 3,
    msg: 'device is silent',
  })
})
