import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeRequest, encodeMbap, encodeResponse, MbapReader } from '@lineside/device-profiles'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Answer } from '../../control/answers.ts'
import { controlSocketPath } from '../../control/socket.ts'
import { serveControl } from '../../control/serve.ts'
import { unaskedView } from '../../control/testing.ts'
import type { AgentView } from '../../control/view.ts'
import { TestServer } from '../../links/channel/testing.ts'
import { dispatch } from '../dispatch.ts'
import { commands } from '../table.ts'

/** An agent that is asked for nothing but its status, and reads. */
const idleView: AgentView = {
  ...unaskedView,
  status: () => ({
    gateway: 'g',
    version: '1',
    startedAt: 0,
    upMs: 0,
    links: [],
    devices: [],
    buffer: { waitingBatches: 0, waitingReadings: 0, waitingBytes: 0, committedReadings: 0, evictedReadings: 0 },
    uplink: { state: 'off', wireBytes: 0 },
    clock: { state: 'synchronised', correctionMs: 0, jumps: 0 },
    process: { cpuMs: 0, rssBytes: 0 },
  }),
}

let folder: string
let server: TestServer

/** Unit 1 is a climate sensor at 21.5 °C and 48.2 %, unit 2 at 48.2 °C and 2150 %. */
beforeEach(async () => {
  server = await new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const request = decodeRequest(pdu)
        if (request.kind !== 'read') continue
        const words = unitId === 1 ? [215, 482] : [482, 21_500]
        const data = Uint8Array.from(words.slice(0, request.read.count).flatMap(word => [word >> 8, word & 0xff]))
        socket.write(encodeMbap(transaction, unitId, encodeResponse(4, data)))
      }
    })
  }).listen()
  folder = mkdtempSync(join(tmpdir(), 'check-live-'))
  mkdirSync(join(folder, 'buffer'))
  configure('')
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function configure(more: string): void {
  writeFileSync(
    join(folder, 'lineside.yaml'),
    `gateway: g
storage: { path: buffer, max_size: 16MB }
links: { hall: { modbus_tcp: "127.0.0.1:${server.port}" } }
devices:
  climate: { profile: xy/md02, link: hall, unit_id: 1 }
${more}`,
  )
}

async function check(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {}, cwd: folder }
  return { status: await dispatch(['check', ...args], commands, io), out, err }
}

test('each device is read once, and status 0 says that all is well', async () => {
  const { status, out } = await check('--live')
  expect(status).toBe(0)
  expect(out).toContain(`
DEVICE   LINK  GOOD  BAD  WHY
climate  hall  2     0
1 of 1 devices read: every point has a value
`)
})

test('a point without a value is status 1, with the reason', async () => {
  configure('  other: { profile: xy/md02, link: hall, unit_id: 2 }\n')
  const { status, out } = await check('--live')
  expect(status).toBe(1)
  expect(out).toContain('other    hall  1     1    humidity out_of_range\n')
  expect(out).toContain('2 of 2 devices read: 1 with points that have no value')
  expect((await check()).status).toBe(0)
  const told = JSON.parse((await check('--live', '--json')).out)
  expect(told).toMatchObject({ ok: true, problems: [], live: [{ device: 'climate' }, { device: 'other' }] })
  expect(told.live[1].read).toEqual({ values: { temperature: 48.2 }, quality: { humidity: 'bad:out_of_range' } })
})

test('while the agent runs it is asked, and the line is left alone', async () => {
  const view: AgentView = {
    ...idleView,
    read: device =>
      Promise.resolve({
        ok: true,
        device,
        profile: 'xy/md02',
        link: 'hall',
        source: 'asked',
        asOf: 0,
        tookMs: 12,
        readings: [
          { point: 'temperature', t: 0, value: 3 },
          { point: 'humidity', t: 0, quality: 'bad:not_available' },
        ],
      }),
  }
  await using _ = await serveControl(controlSocketPath(join(folder, 'buffer')), view)
  const { status, out } = await check('--live')
  expect(status).toBe(1)
  expect(out).toContain('climate  hall  1     1    humidity not_available')
  expect(server.accepted).toBe(0)
})

test('through the agent too, what speaks by itself is silent, good or bad, as it is known to be', async () => {
  const temperature = { point: 'temperature', t: 0, value: 3 }
  const humidity = { point: 'humidity', t: 0, value: 40 }
  const answers: Record<string, Pick<Answer<'read'>, 'readings' | 'reason' | 'isOffline'>> = {
    climate: { readings: [temperature, humidity] },
    silent: { readings: [temperature], reason: '1 of 2 points have said nothing yet' },
    lost: { readings: [temperature, humidity], isOffline: true, reason: 'connection refused by 192.0.2.9:1883' },
  }
  configure(`  silent: { profile: xy/md02, link: hall, unit_id: 2 }
  lost: { profile: xy/md02, link: hall, unit_id: 3 }
`)
  const view: AgentView = {
    ...idleView,
    read: device =>
      Promise.resolve({
        ok: true,
        device,
        profile: 'p',
        link: 'hall',
        source: 'heard',
        asOf: 0,
        readings: [],
        ...answers[device],
      }),
  }
  await using _ = await serveControl(controlSocketPath(join(folder, 'buffer')), view)
  const { status, out } = await check('--live')
  expect(out).toContain(`
DEVICE   LINK  GOOD  BAD  WHY
climate  hall  2     0
silent   hall  1     0    1 of 2 points have said nothing yet
lost     hall  0     2    connection refused by 192.0.2.9:1883
2 of 3 devices read: 1 with points that have no value, 1 silent so far (longer: --wait)
`)
  expect(status).toBe(1)
})

test('what is wrong with the configuration is said too, as JSON with its place', async () => {
  configure('  bad: { profile: xy/md2, link: hall, unit_id: 3 }\n')
  expect((await check('--live')).status).toBe(1)
  const { problems } = JSON.parse((await check('--json')).out)
  expect(problems).toEqual([
    expect.objectContaining({ line: 6, column: 19, fix: 'did you mean xy/md02? lineside profile list shows all' }),
  ])
  writeFileSync(join(folder, 'lineside.yaml'), 'gatway: g\n')
  expect(await check('--live')).toMatchObject({ status: 1, err: expect.stringContaining('mend what is above first') })
  expect((await check('--wait', '5s')).status).toBe(2)
})
