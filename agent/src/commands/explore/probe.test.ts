import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  decodeRequest,
  encodeException,
  encodeMbap,
  encodeResponse,
  MbapReader,
  ModbusTables,
} from '@lineside/device-profiles'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { TestServer } from '../../links/channel/testing.ts'
import { dispatch } from '../dispatch.ts'
import { commands } from '../table.ts'

const folder = mkdtempSync(join(tmpdir(), 'lineside-probe-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let server: TestServer
let tables: ModbusTables

/** Unit 1 with input registers 0 to 59, of which 30 is refused. */
beforeEach(async () => {
  tables = new ModbusTables()
  server = await new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const request = decodeRequest(pdu)
        if (request.kind !== 'read' || unitId !== 1) continue
        const { functionCode, address, count } = request.read
        const isThere = functionCode === 4 && address + count <= 60 && (address > 30 || address + count <= 30)
        const data = isThere ? tables.read(functionCode, address, count) : undefined
        const reply = data ? encodeResponse(functionCode, data) : encodeException(functionCode, 2)
        socket.write(encodeMbap(transaction, unitId, reply))
      }
    })
  }).listen()
})
afterEach(() => server[Symbol.asyncDispose]())

const put = (address: number, ...words: number[]) => tables.put({ table: 'input', address, words, mask: 0xffff })

const probe = (...args: string[]) => probeOf('--unit-id', '1', '--table', 'input', ...args)

async function probeOf(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    env: {},
    cwd: folder,
  }
  const where = ['--tcp', `127.0.0.1:${server.port}`]
  return { status: await dispatch(['probe', ...where, ...args], commands, { ...io }), out, err }
}

test('registers are shown as every type and order, counted from zero and from one', async () => {
  put(10, 0x4366, 0x3333, 0x4142)
  const { status, out } = await probe('--address', '11')
  expect(status).toBe(0)
  expect(out).toContain('10 (0x000A)  4366  17254   17254  Cf')
  expect(out).toMatch(/register 11 of a list that counts from 0: 11 \(0x000B\)/)
  expect(out).toMatch(/from 1: 10 \(0x000A\)[^]*float32 +230\.2 /)
  expect(out.split('\n').filter(line => line.length > 80)).toEqual([])
})

test('what the display shows is found, past registers that the unit refuses, and written as a point', async () => {
  put(48, 0x3333, 0x4366)
  writeFileSync(
    join(folder, 'own.yaml'),
    `profile: own/meter
vendor: Own
model: Meter
protocol: modbus
addressing: one
order: cdab
points:
  first: { input: 1, type: uint16 } # as printed
`,
  )
  const args = ['--count', '50', '--expect', '230,2', '--point', 'voltage', '--write', 'own.yaml']
  const { status, out, err } = await probe(...args)
  expect(status, err).toBe(0)
  expect(out).toContain('some could not be read: illegal data address (exception 2)')
  expect(out).toMatch(/1 +48 \(0x0030\) +30049 +float32 +cdab +1 +230\.2\n/)
  expect(out).toContain('voltage: { input: 0x0030, type: float32, order: cdab }')
  const written = readFileSync(join(folder, 'own.yaml'), 'utf8')
  expect(written).toContain('# as printed\n  voltage: { input: 0x0031, type: float32 }\n')
  expect(await probe(...args)).toMatchObject({ status: 1, err: expect.stringContaining('voltage is there already') })
})

test('what is plausible for a point of a profile is marked', async () => {
  put(0, 0x4366, 0x3333)
  const { out } = await probe('--profile', 'eastron/sdm630', '--point', 'voltage_l1')
  expect(out).toMatch(/float32 +230\.2 \* /)
  expect(out).toContain('* within 0 to 400 V, the range of voltage_l1')
})

test('a number that is not there, and a unit that gives nothing, are status 1 with what to do next', async () => {
  const none = await probe('--expect', '230.2')
  expect(none).toMatchObject({ status: 1, out: expect.stringContaining('none of 42 registers shows 230.2') })
  expect(await probe('--address', '900')).toMatchObject({
    status: 1,
    out: expect.stringMatching(
      /register 900 on: illegal data address \(exception 2\)\ntry the other table \(--table holding\)/,
    ),
  })
})

test('a device that has bits alone is not looked at in vain', async () => {
  const { status, err } = await probeOf('--unit-id', '1', '--profile', 'waveshare/relay-8ch')
  expect(status).toBe(1)
  expect(err).toBe(
    'lineside probe: waveshare/relay-8ch has bits alone, and probe looks at registers; lineside read shows its values\n',
  )
})

test('where a profile is named its registers are looked at first', async () => {
  const { out } = await probe('--profile', 'xy/md02', '--json')
  expect(JSON.parse(out)).toMatchObject({ table: 'input', address: 1 })
  expect(JSON.parse((await probe('--profile', 'delta/vfd-ve', '--table', 'holding', '--json')).out)).toMatchObject({
    address: 0x2102,
    reason: 'illegal data address (exception 2)',
  })
})

test('the same for a program', async () => {
  put(7, 2302)
  const { out } = await probe('--address', '7', '--count', '1', '--expect', '230.2', '--json')
  const told = JSON.parse(out)
  expect(told).toMatchObject({ unit_id: 1, table: 'input', registers: { 7: 2302 } })
  expect(told.point).toEqual({ value: '{ input: 0x0007, type: uint16, scale: 0.1 }' })
})

test('a profile that is not there is told without usage', async () => {
  const { status, err } = await probe('--profile', 'eastron/sdm63')
  expect(status).toBe(1)
  expect(err).toMatch(
    /^lineside probe: there is no Modbus profile eastron\/sdm63; did you mean eastron\/sdm\w+\? lineside profile list shows all\n$/,
  )
  const point = await probe('--profile', 'eastron/sdm630', '--point', 'voltage_l9')
  expect(point).toMatchObject({ status: 1, err: expect.stringContaining('did you mean voltage_l') })
  const inModel = await probe('--profile', 'sunspec', '--point', 'ac_power')
  expect(inModel).toMatchObject({ status: 1, err: expect.stringContaining('lineside read shows ac_power') })
})

test.each([
  [['--expect', '0'], 'write the number on the display'],
  [['--write', 'own.yaml', '--expect', '5'], '--write needs --expect'],
  [['--table', 'coil'], 'write input or holding'],
  [['--address', '70000'], 'write a whole number from 0 to 65535'],
  [['meter_1'], 'lineside.yaml says that of meter_1; remove --tcp'],
  [['--baud', '9600'], '--baud means nothing to --tcp'],
])('%j is refused', async (args, text) => {
  expect(await probe(...args)).toMatchObject({ status: 2, err: expect.stringContaining(text) })
})
