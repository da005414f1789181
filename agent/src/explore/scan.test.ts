import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import {
  compileTrial,
  decodeRequest,
  encodeException,
  encodeIdentificationResponse,
  encodeMbap,
  encodeResponse,
  encodeRtu,
  MbapReader,
  type ModbusProfile,
  type RtuRequest,
  RtuRequestReader,
} from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { sunspecProfile, SunspecUnit } from '../links/sunspec/unit.testdata.ts'
import { testModbusProfile } from '../links/modbus/testing.ts'
import { TestServer } from '../links/channel/testing.ts'
import { scan, type ScanOptions, type ScanPlace, type ScanResult } from './scan.ts'

type Answer = (
  request: RtuRequest,
) => Uint8Array | undefined | 'hang up' | { readonly lateMs: number; readonly pdu: Uint8Array }

/** A line of RTU units, or a host with Modbus TCP ones. */
function serve(framing: 'tcp' | 'rtu', answer: Answer): Promise<TestServer> {
  return new TestServer(socket => {
    const tcp = new MbapReader()
    const rtu = new RtuRequestReader()
    socket.on('data', chunk => {
      for (const request of framing === 'tcp' ? tcp.push(chunk).frames : rtu.push(chunk)) {
        const id = 'transaction' in request ? Number(request.transaction) : 0
        const send = (pdu: Uint8Array) =>
          void socket.write(framing === 'tcp' ? encodeMbap(id, request.unitId, pdu) : encodeRtu(request.unitId, pdu))
        const reply = answer(request)
        if (reply === 'hang up') socket.destroy()
        else if (reply instanceof Uint8Array) send(reply)
        else if (reply) setTimeout(() => send(reply.pdu), reply.lateMs)
      }
    })
  }).listen()
}

const refuse = ({ pdu }: RtuRequest, code = 2) => encodeException(pdu[0] ?? 0, code)

/** Registers from 0 on hold these words, in holding registers; the rest is refused. */
function holds(words: readonly number[], request: RtuRequest): Uint8Array {
  const asked = decodeRequest(request.pdu)
  if (asked.kind !== 'read' || asked.read.functionCode !== 3) return refuse(request, 1)
  const { address, count } = asked.read
  if (address + count > words.length) return refuse(request)
  return encodeResponse(
    3,
    Uint8Array.from(words.slice(address, address + count).flatMap(word => [word >> 8, word & 0xff])),
  )
}

function place(kind: 'modbus_tcp' | 'modbus_rtu_tcp', port: number): ScanPlace {
  const base = { name: 'line', host: '127.0.0.1', port, timeoutMs: 80, requestGapMs: 0, connectDelayMs: 0 }
  return { config: { ...base, kind, maxInFlight: 1 }, words: `127.0.0.1:${port}` }
}

function look(
  places: readonly ScanPlace[],
  units: readonly number[],
  more: Partial<ScanOptions> = {},
): Promise<ScanResult> {
  return scan({
    places,
    units,
    candidates: { trials: [], chained: [] },
    atOnce: 1,
    firstIsEnough: false,
    clock: systemClock,
    random: seededRandom(4),
    signal: new AbortController().signal,
    progress: () => {},
    ...more,
  })
}

const unitsOf = ({ units }: ScanResult) => units.map(unit => unit.unitId)
const range = { unit: 'V', range: [0, 400] } as const

/** Two voltages as uint16 of tenths at 0 and 1. */
function meterProfile(): ModbusProfile {
  const plain = testModbusProfile({ voltage_1: 0, voltage_2: 1 })
  const points = [...plain.points].map(([name, point]) => [name, { ...point, ...range, scale: [0.1] }] as const)
  return { ...plain, profile: 'acme/meter', points: new Map(points) }
}

test('data and exceptions prove that a unit is there, a gateway that got no answer does not', async () => {
  const answers: Record<number, (request: RtuRequest) => Uint8Array> = {
    1: request => holds([2302], request),
    2: request => refuse(request, 1),
    3: request => refuse(request, 0x0b),
    4: request => refuse(request, 0x0a),
    6: request => refuse(request, 4),
  }
  await using server = await serve('tcp', request => answers[request.unitId]?.(request))
  const result = await look([place('modbus_tcp', server.port)], [1, 2, 3, 4, 5, 6, 7])
  expect(result.units.map(({ unitId, how }) => [unitId, how])).toEqual([
    [1, 'it answers reads'],
    [2, 'it answers: illegal function (exception 1)'],
    [6, 'it answers: server device failure (exception 4)'],
  ])
  expect(result.troubles).toEqual([])
})

test('nothing but reads and function 43/14 is ever asked', async () => {
  const asked = new Set<number>()
  await using server = await serve('tcp', request => {
    asked.add(request.pdu[0] ?? 0)
    return holds([2302, 2310], request)
  })
  const trials = [compileTrial(meterProfile())]
  expect(
    unitsOf(await look([place('modbus_tcp', server.port)], [1, 2], { candidates: { trials, chained: [] } })),
  ).toEqual([1])
  expect([...asked].filter(code => ![1, 2, 3, 4, 43].includes(code))).toEqual([])
})

test('the late answers of a slow unit are not taken for those of the next', async () => {
  for (const framing of ['rtu', 'tcp'] as const) {
    await using server = await serve(framing, request => {
      if (request.unitId === 2) return holds([7], request)
      return request.unitId === 1 ? { lateMs: 200, pdu: holds([9], request) } : undefined
    })
    const result = await look(
      [place(framing === 'tcp' ? 'modbus_tcp' : 'modbus_rtu_tcp', server.port)],
      [1, 3, 4, 5, 2],
    )
    expect(unitsOf(result)).toEqual([2])
  }
})

test('a unit is named by the profile that its values fit, and by what it says of itself', async () => {
  const told = new Map([
    [0, 'Acme'],
    [1, 'M-1'],
  ])
  await using server = await serve('rtu', request => {
    if (request.unitId !== 4) return undefined
    return request.pdu[0] === 43 ? encodeIdentificationResponse(1, told) : holds([2302, 2310], request)
  })
  const other = testModbusProfile({ far: 900 })
  const trials = [other, meterProfile()].map(compileTrial)
  const { units } = await look([place('modbus_rtu_tcp', server.port)], [3, 4], { candidates: { trials, chained: [] } })
  expect(units).toHaveLength(1)
  expect(units[0]?.told).toEqual(told)
  expect(units[0]?.fits.map(({ profile, good, asked }) => [profile.profile, good, asked])).toEqual([
    ['acme/meter', 2, 2],
  ])
  expect(units[0]?.fits[0]?.samples[0]).toEqual({ point: 'voltage_1', value: 230.2, unit: 'V' })
})

test('a SunSpec device is known by its models, wherever they are, and shows who made it', async () => {
  const unit = new SunspecUnit({ base: 50_000, models: [1, 113] })
  unit.put('manufacturer', 'Acme')
  unit.put('device_model', 'Sun 10')
  const asked = new Set<number>()
  await using server = await serve('tcp', request => {
    asked.add(request.pdu[0] ?? 0)
    if (request.unitId === 1) return request.pdu[0] === 3 ? unit.pdu(request.pdu) : refuse(request, 1)
    return request.unitId === 2 ? holds([7], request) : refuse(request, 0x0b)
  })
  const candidates = { trials: [], chained: [sunspecProfile] }
  const { units } = await look([place('modbus_tcp', server.port)], [1, 2, 3], { candidates })
  expect(units.map(({ unitId, fits }) => [unitId, fits.map(fit => [fit.profile.profile, fit.confidence])])).toEqual([
    [1, [['sunspec', 'certain']]],
    [2, []],
  ])
  expect(units[0]?.fits[0]?.profile.model).toBe('models 1 and 113 at 50000')
  expect(units[0]?.fits[0]?.samples.slice(0, 2)).toEqual([
    { point: 'manufacturer', value: 'Acme' },
    { point: 'device_model', value: 'Sun 10' },
  ])
  expect([...asked].filter(code => ![1, 2, 3, 4, 43].includes(code))).toEqual([])
})

test('a host that answers every unit id alike is one device', async () => {
  await using server = await serve('tcp', request => holds([7], request))
  const result = await look([place('modbus_tcp', server.port)], [1, 2, 3])
  expect(unitsOf(result)).toEqual([1])
  expect(result.alike).toHaveLength(1)
})

test('a host that answers for units that are not there is known by how it does', async () => {
  await using server = await serve('tcp', request => (request.unitId === 3 ? holds([7], request) : refuse(request, 4)))
  const result = await look([place('modbus_tcp', server.port)], [1, 2, 3, 4])
  expect(unitsOf(result)).toEqual([3])
  expect(result.alike).toEqual([])
})

test('a host that hangs up at what it does not know is asked again, and not for ever', async () => {
  let isKnown = 0
  await using server = await serve('tcp', request => {
    if (request.unitId === 3) return holds([7], request)
    return request.unitId === 2 ? 'hang up' : isKnown++ === 0 ? 'hang up' : holds([7], request)
  })
  const result = await look([place('modbus_tcp', server.port)], [1, 2, 3])
  expect(unitsOf(result)).toEqual([1])
  expect(result.troubles.map(({ text }) => text)).toEqual([`connection closed by 127.0.0.1:${server.port}`])
})

test('what speaks something else than Modbus is told, and left alone', async () => {
  await using server = await new TestServer(socket => {
    socket.on('data', () => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
  }).listen()
  const result = await look([place('modbus_tcp', server.port)], [1, 2, 3, 4])
  expect(result.units).toEqual([])
  expect(result.troubles.map(({ text }) => text)).toEqual(['not Modbus TCP: protocol id 21584, expected 0'])
  expect(server.accepted).toBe(1)
})

test('bytes that answer nothing are told: another client, or noise', async () => {
  await using server = await new TestServer(socket => {
    socket.on('data', () => void socket.write(Uint8Array.of(9, 9, 9)))
  }).listen()
  const result = await look([place('modbus_rtu_tcp', server.port)], [1])
  expect(result.units).toEqual([])
  expect(result.troubles.map(({ text }) => text)).toEqual(['6 bytes came that answer nothing'])
})

test('of several settings the first that units answer on is enough, the others are told as untried', async () => {
  await using silent = await serve('rtu', () => undefined)
  await using right = await serve('rtu', request => (request.unitId === 2 ? holds([7], request) : undefined))
  await using never = await serve('rtu', request => holds([7], request))
  const places = [silent, right, never].map(({ port }) => place('modbus_rtu_tcp', port))
  const result = await look(places, [1, 2], { firstIsEnough: true })
  expect(result.units.map(unit => [unit.place, unit.unitId])).toEqual([[places[1], 2]])
  expect(result.untried).toBe(1)
  expect(never.accepted).toBe(0)
})

test('a place that can not be opened is told, and the others are scanned', async () => {
  await using server = await serve('tcp', request => (request.unitId === 1 ? holds([7], request) : undefined))
  const gone = await serve('tcp', () => undefined)
  const closed = place('modbus_tcp', gone.port)
  await gone[Symbol.asyncDispose]()
  const result = await look([closed, place('modbus_tcp', server.port)], [1, 2])
  expect(unitsOf(result)).toEqual([1])
  expect(result.troubles).toEqual([{ place: closed, isClosed: true, text: expect.stringContaining('refused') }])
})

test('ended early it gives what was found so far, at once', async () => {
  const ended = new AbortController()
  await using server = await serve('rtu', request => {
    if (request.unitId === 1) return holds([7], request)
    ended.abort()
    return undefined
  })
  const units = Array.from({ length: 247 }, (_, n) => n + 1)
  const result = await look([place('modbus_rtu_tcp', server.port)], units, { signal: ended.signal })
  expect(unitsOf(result)).toEqual([1])
  expect(result.units[0]?.cutShort).toBe(false)
})

test('progress goes from nothing to all', async () => {
  await using server = await serve('rtu', () => undefined)
  const done: number[] = []
  await look([place('modbus_rtu_tcp', server.port), place('modbus_rtu_tcp', server.port)], [1, 2], {
    progress: progress => void done.push(progress.done),
  })
  expect(done[0]).toBe(0)
  expect(done).toEqual(done.toSorted((a, b) => a - b))
  expect(done.at(-1)).toBe(0.75)
})
