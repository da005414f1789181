import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { decodeRequest, encodeException, encodeMbap, encodeResponse, MbapReader } from '@lineside/device-profiles'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Agent, startAgent } from '../agent.ts'
import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'
import { TestServer } from '../links/channel/testing.ts'
import { dispatch } from './dispatch.ts'
import { commands } from './table.ts'

let folder: string
let server: TestServer
let agent: Agent

/** Unit 1 answers register 0 with 215 and refuses all others; nobody else is there. */
function climateServer(): TestServer {
  return new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const request = decodeRequest(pdu)
        if (request.kind !== 'read' || unitId !== 1) continue
        const { functionCode, address, count } = request.read
        const isKnown = address === 1 && count === 1
        const answer = isKnown ? encodeResponse(functionCode, Uint8Array.of(0, 215)) : encodeException(functionCode, 2)
        socket.write(encodeMbap(transaction, unitId, answer))
      }
    })
  })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'read-command-'))
  server = await climateServer().listen()
  const path = join(folder, 'lineside.yaml')
  writeFileSync(
    path,
    `
gateway: gw
storage: { path: buffer, max_size: 16MB }
page: { listen: "127.0.0.1:0" }
links: { hall: { modbus_tcp: "127.0.0.1:${server.port}", timeout: 50ms } }
devices:
  climate: { profile: xy/md02, link: hall, unit_id: 1, every: 1h, points: { humidity: off } }
  other: { profile: xy/md02, link: hall, unit_id: 2, every: 1h }
  broken: { profile: xy/md02, link: hall }
`,
  )
  const { config, broken } = loadConfig(path, nodeConfigIo({}))
  if (!config) throw new Error('the configuration is wrong')
  agent = await startAgent({
    config,
    version: '0',
    broken: broken.map(({ device, problems }) => ({ device, reason: problems.map(p => p.message).join('; ') })),
    clock: systemClock,
    random: seededRandom(1),
    newId: randomUUID,
    log: pino({ enabled: false }),
    onAlarm() {},
  })
})
afterEach(async () => {
  await agent.stop()
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  return lineside('read', ...args)
}

async function lineside(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {}, cwd: folder }
  const status = await dispatch(args, commands, io)
  return { status, out, err }
}

test('a device is read now, and shown with unit, quality and age', async () => {
  const { status, out } = await run('climate', 'temperature')
  expect(out).toMatch(/^climate \(xy\/md02\) on hall: read in \d+ ms\n/)
  expect(out).toMatch(/\ntemperature +21\.5 +°C +good +0 s\n/)
  expect(status).toBe(0)
})

test('a machine is given the same as JSON', async () => {
  const { status, out } = await run('climate', '--json')
  expect(JSON.parse(out)).toMatchObject({
    device: 'climate',
    source: 'asked',
    readings: [{ point: 'temperature', value: 21.5, unit: 'Cel', ageMs: expect.any(Number) }],
  })
  expect(status).toBe(0)
})

test('a device that is silent has no values, and the reason is said', async () => {
  const { status, out } = await run('other')
  expect(out).toContain('no answer from unit 2 within 50 ms')
  expect(out).toMatch(/\ntemperature +- +°C +bad:communication/)
  expect(status).toBe(1)
})

test('what is not there is refused with what to write instead', async () => {
  expect(await run('climat')).toMatchObject({ status: 1, err: expect.stringContaining('did you mean climate?') })
  expect(await run('climate', 'temprature')).toMatchObject({
    status: 1,
    err: expect.stringContaining('did you mean temperature?'),
  })
  expect(await run('climate', 'humidity')).toMatchObject({
    status: 1,
    err: expect.stringContaining('humidity of climate is off'),
  })
  expect(await run('broken')).toMatchObject({ status: 1, err: expect.stringContaining('unit_id is missing') })
  expect(await run()).toMatchObject({ status: 2, err: expect.stringContaining('name the device') })
})

test('status shows the worst first, with since when, why, and when it is asked again', async () => {
  await run('other')
  await new Promise<void>(resolve => {
    const look = () => {
      const states = new Map(agent.view.status().devices.map(({ name, state }) => [name, state]))
      if (states.get('climate') === 'online') resolve()
      else setImmediate(look)
    }
    look()
  })
  const { status, out } = await lineside('status')
  expect(out).toMatch(
    /^gw: lineside 0, up for \d+ s\nbuffer: .*\nuplink: off\ndevices: 1 misconfigured, 1 waiting, 1 online\n/,
  )
  expect(out).toMatch(/\nbroken +misconfigured .*unit_id is missing/)
  expect(out).toMatch(/\nclimate +online +\d+ s +hall\n/)
  expect(status).toBe(1)
  expect(JSON.parse((await lineside('status', '--json')).out)).toMatchObject({
    gateway: 'gw',
    uplink: { state: 'off' },
  })
  expect(await lineside('status', 'climate')).toMatchObject({ status: 2 })
})

test('bus shows how busy each line is, and with whom', async () => {
  await run('climate')
  const { status, out } = await lineside('bus')
  expect(out).toMatch(/^hall \(modbus_tcp, online\): busy (< 1|\d+) % of the last minute, (< 1|\d+) % of the last 15\n/)
  expect(out).toMatch(/\nclimate +\w+ +(< 1|\d+) % +(< 1|\d+) % +60 min +- +- +0 +0\n/)
  expect(status).toBe(0)
  const [line] = JSON.parse((await lineside('bus', 'hall', '--json')).out)
  expect(line).toMatchObject({ link: 'hall', lanes: 1, devices: [{ device: 'climate' }, { device: 'other' }] })
  expect(line.devices[0].busyMs).toBeGreaterThan(0)
  expect(await lineside('bus', 'halle')).toMatchObject({ status: 1, err: expect.stringContaining('there is hall') })
})
