import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceEntry, Sample } from '@lineside/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unaskedView } from '../control/testing.ts'
import { controlSocketPath } from '../control/socket.ts'
import { serveControl } from '../control/serve.ts'
import { createSampleFeed, type SampleFeed } from '../pipeline/sample-feed.ts'
import type { AgentView } from '../control/view.ts'
import { dispatch } from './dispatch.ts'
import { sampleText } from './tail.ts'
import { commands } from './table.ts'

let folder: string
let feed: SampleFeed
let control: AsyncDisposable
/** Called when somebody begins to look on. */
let onListen: () => void

const about: DeviceEntry = {
  k: 'device',
  t: 0,
  device: 'press',
  profile: 'p',
  version: '1',
  tags: {},
  points: { temperature: { type: 'int16', unit: 'Cel' }, state: { type: 'enum' } },
}
const t = Date.UTC(2026, 0, 2, 18, 3, 4, 123)
const sample = (values: Sample['values'], quality?: Sample['quality']): Sample => ({
  k: 'sample',
  device: 'press',
  t,
  values,
  ...(quality && { quality }),
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tail-'))
  mkdirSync(join(folder, 'buffer'))
  writeFileSync(join(folder, 'lineside.yaml'), 'gateway: g\nstorage: { path: buffer, max_size: 16MB }\n')
  feed = createSampleFeed()
  onListen = () => {}
  const view: AgentView = {
    ...unaskedView,
    samples(devices, wake) {
      const stranger = devices.find(device => device !== 'press')
      if (stranger !== undefined) return { ok: false, text: `there is no device ${stranger}` }
      const listener = feed.listen(new Set(devices), wake)
      if (!listener) return { ok: false, text: 'too many look on' }
      queueMicrotask(() => onListen())
      return { ok: true, about: [about], listener }
    },
  }
  control = await serveControl(controlSocketPath(join(folder, 'buffer')), view)
})
afterEach(async () => {
  await control[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function tail(args: readonly string[], more: { signal?: AbortSignal; onOut?: (text: string) => void } = {}) {
  const told = { out: '', err: '' }
  const out = (text: string) => {
    told.out += text
    more.onOut?.(text)
  }
  const io = { out, err: (text: string) => void (told.err += text), env: {}, cwd: folder, ...more }
  return dispatch(['tail', ...args], commands, io).then(status => ({ status, ...told }))
}

test('samples are shown as they come, with time, unit and quality, until there were enough', async () => {
  onListen = () => {
    feed.publish(sample({ temperature: 21.5, state: 'run' }))
    feed.publish(sample({ temperature: 3 }, { temperature: 'uncertain:unstable', state: 'bad:communication' }))
    feed.publish(sample({ temperature: 4 }))
  }
  expect(await tail(['--count', '2'])).toEqual({
    status: 0,
    err: '',
    out: `18:03:04.123  press  temperature 21.5 °C, state run
18:03:04.123  press  temperature 3 °C (uncertain:unstable),
    state bad:communication
`,
  })
})

test('--json gives the lines as they are stored, --point only what is wanted', async () => {
  onListen = () => {
    feed.publish(sample({ state: 'run' }, { temperature: 'bad:communication' }))
    feed.publish(sample({ state: 'stop', big: 2n ** 60n }))
    feed.publish(sample({ temperature: 1 }))
  }
  const { out } = await tail(['press', '--json', '--point', 'temperature', '--count', '2'])
  const lines = out.trimEnd().split('\n')
  expect(JSON.parse(lines[0] ?? '')).toEqual(about)
  expect(lines.slice(1).map(line => JSON.parse(line))).toEqual([
    sample({}, { temperature: 'bad:communication' }),
    sample({ temperature: 1 }),
  ])
  onListen = () => feed.publish(sample({ big: 2n ** 60n }))
  expect((await tail(['--json', '--count', '1'])).out).toContain('"big":1152921504606846976')
})

test('Ctrl-C ends it well, and nobody looks on any more', async () => {
  const ended = new AbortController()
  onListen = () => feed.publish(sample({ temperature: 1 }))
  const { status, err } = await tail([], { signal: ended.signal, onOut: () => ended.abort() })
  expect({ status, err }).toEqual({ status: 0, err: '' })
  await expect.poll(() => feed.counters().listeners).toBe(0)
})

test('a device or point that is not there, an agent that ends and one that is not there are told', async () => {
  expect(await tail(['prss'])).toMatchObject({ status: 1, err: 'lineside tail: there is no device prss\n' })
  expect(await tail(['press', '--point', 'temperatur'])).toMatchObject({
    status: 1,
    err: 'lineside tail: press has no point temperatur; did you mean temperature?\n',
  })
  expect((await tail(['--point', 'state,weight'])).err).toContain(
    'press has no point weight; write temperature or state',
  )
  await expect.poll(() => feed.counters().listeners).toBe(0)
  onListen = () => void control[Symbol.asyncDispose]()
  expect(await tail([])).toMatchObject({ status: 1, err: 'lineside tail: the agent ended\n' })
  expect(await tail([])).toMatchObject({ status: 1, err: expect.stringContaining('no agent runs') })
})

test('many points take several lines, each under 80 columns', () => {
  const values = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`voltage_phase_${n}`, 230.25]))
  const lines = sampleText({ t, device: 'meter', values }, () => 'V')
    .trimEnd()
    .split('\n')
  expect(lines.length).toBeGreaterThan(3)
  expect(lines.filter(line => line.length > 79)).toEqual([])
  expect(lines.join(' ').match(/voltage_phase_\d+ 230\.25 V/g)).toHaveLength(12)
})
