import { FakeClock } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import type { LinkConfig } from '../../config/types.ts'
import { lineWords } from './same-line.ts'

const rest = { timeoutMs: 1000, requestGapMs: 0, maxInFlight: 1 }
const link = (host: string, port = 502): LinkConfig => ({ kind: 'modbus_tcp', name: 'x', host, port, ...rest })

test('a host is the same by its name and by its address, on the same port', async () => {
  const links = [link('Gateway'), link('192.0.2.1'), link('192.0.2.1', 503)]
  const asked: string[] = []
  const wordsOf = await lineWords(links, async host => {
    asked.push(host)
    return ['2001:db8::1', '192.0.2.1']
  })
  expect(links.map(wordsOf)).toEqual([
    ['gateway 502', '2001:db8::1 502', '192.0.2.1 502'],
    ['192.0.2.1 502'],
    ['192.0.2.1 503'],
  ])
  expect(asked).toEqual(['gateway'])
})

test('no name is looked up that nothing is compared with', async () => {
  const links = [link('gateway', 502), link('gateway', 502), link('other', 503), link('192.0.2.1', 504)]
  await lineWords(links, host => expect.unreachable(host))
})

test('without a resolver names are compared as they are written, after two seconds at most', async () => {
  const clock = new FakeClock()
  const links = [link('gateway'), link('other')]
  const waiting = lineWords(links, () => new Promise(() => {}), clock)
  await clock.advance(2000)
  expect(links.map(await waiting)).toEqual([['gateway 502'], ['other 502']])
  const failing = await lineWords(links, () => Promise.reject(new Error('EAI_AGAIN')), clock)
  expect(failing(link('gateway'))).toEqual(['gateway 502'])
})

test('a serial port is the same by each of its paths', async () => {
  const port = { path: '/dev/../dev/null', baud: 9600, parity: 'none', dataBits: 8, stopBits: 1 } as const
  const line: LinkConfig = { kind: 'modbus_rtu', name: 'l', port, timeoutMs: 1, requestGapMs: 0, connectDelayMs: 0 }
  expect((await lineWords([line]))(line)).toEqual(['/dev/null'])
})
