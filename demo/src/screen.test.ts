import type { AgentStatus } from 'lineside/control'
import { expect, test } from 'vitest'
import { clip, drawFrame, type Frame } from './screen.ts'

const agent: AgentStatus = {
  gateway: 'demo-gw1',
  version: '0.1.0',
  startedAt: 0,
  upMs: 0,
  links: [],
  devices: [
    {
      name: 'scale_1',
      profile: 'mettler-toledo/mt-sics',
      link: 'scale',
      state: 'online',
      readings: [
        { point: 'weight', t: 0, value: 12.50001, unit: 'kg' },
        { point: 'gross', t: 0, quality: 'bad:sensor_failure' },
      ],
    },
    { name: 'press_3', profile: 'x/y', link: 'l', state: 'offline', reason: 'no answer within 1s', readings: [] },
  ],
  buffer: {
    waitingBatches: 3,
    waitingReadings: 1175,
    waitingBytes: 9000,
    oldestAgeMs: 6200,
    committedReadings: 2000,
    evictedReadings: 0,
  },
  uplink: { state: 'waiting', wireBytes: 5 },
  clock: { state: 'synchronised', source: 'machine', correctionMs: 0, jumps: 0 },
  process: { cpuMs: 1, rssBytes: 1 },
}

const frame: Frame = {
  elapsedMs: 71_000,
  now: 100_000,
  uplink: { cut: true, sinceMs: 7000, nextMs: 1000 },
  agent,
  alarms: [
    {
      id: 'a',
      device: 'press_3',
      alarm: 'bearing_hot',
      state: 'rtn_unacknowledged',
      priority: 'high',
      since: 90_000,
      text: 'temperature 96 is above 80',
      message: 'Bearing too hot',
      action: 'Stop the press',
    },
  ],
  arrived: { readings: 581, batches: 5, lastAt: 93_000 },
  events: ['   5 s  the demo cuts the uplink'],
}

const escape = '\u001b['
const colours = new RegExp(`${escape.charAt(0)}\\[\\d+m`, 'g')
const plain = (lines: readonly string[]) => lines.map(line => line.replaceAll(colours, '')).join('\n')

test('the picture says what a person wants to know', () => {
  const text = plain(drawFrame(frame, { columns: 120, rows: 40 }))
  expect(text).toContain('01:11')
  expect(text).toContain('CUT by the demo 7 s ago, plugged in again in 1 s')
  expect(text).toContain("1,175 readings wait on the gateway's disk, oldest 6 s")
  expect(text).toContain('581 readings in 5 batches have arrived, last 7 s ago')
  expect(text).toMatch(/high +press_3 bearing_hot +rtn unacknowledged +for 10 s/)
  expect(text).toContain('Bearing too hot. Stop the press')
  expect(text).toContain('weight 12.5 kg  gross bad:sensor_failure')
  expect(text).toMatch(/press_3 +offline +no answer within 1s/)
})

test('no line is wider than the terminal and no picture is higher', () => {
  const lines = drawFrame(frame, { columns: 40, rows: 12 })
  expect(lines.length).toBeLessThan(12)
  for (const line of plain(lines).split('\n')) expect(line.length).toBeLessThanOrEqual(40)
})

test('a low terminal still has every device, and what does not fit is said', () => {
  const rows = drawFrame(frame, { columns: 80, rows: 16 })
  expect(plain(rows)).toMatch(/press_3 +offline/)
  expect(plain(rows)).not.toContain('Bearing too hot')
  expect(
    plain(drawFrame(frame, { columns: 80, rows: 8 }))
      .split('\n')
      .at(-1),
  ).toMatch(/^\d+ more lines/)
})

test('after the cable is plugged in the picture says when the agent will notice', () => {
  const waiting = { ...agent, uplink: { state: 'waiting', nextTryMs: 3000, wireBytes: 5 } } as const
  const text = plain(
    drawFrame({ ...frame, agent: waiting, uplink: { ...frame.uplink, cut: false } }, { columns: 99, rows: 40 }),
  )
  expect(text).toContain('plugged in, the agent tries again in 3 s')
})

test('colours are not counted and are ended where a line is cut', () => {
  expect(clip(`${escape}31mabcdef${escape}0m`, 3)).toBe(`${escape}31mabc${escape}0m`)
  expect(clip('abc', 3)).toBe('abc')
})
