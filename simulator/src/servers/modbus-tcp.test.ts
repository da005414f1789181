import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { systemClock } from '@lineside/contract'
import {
  compileModbusReader,
  decodeResponse,
  encodeMbap,
  encodeRequest,
  loadProfiles,
  type MbapFrame,
  MbapReader,
  type ModbusProfile,
  type ReadPdu,
  type Readings,
} from '@lineside/device-profiles'
import { afterEach, expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import { parseLedgerLine } from '../ledger/read-ledger.ts'
import type { Reply } from '../ledger/reply.ts'
import type { Plant, PlantDevice } from '../plant/plant.ts'
import { playPlant, type PlayedPlant } from '../play-plant.ts'

const profileText = `
profile: acme/press
vendor: Acme
model: Press
protocol: modbus
limits: { hole: 16 }
sources: [ { title: "made up", confidence: high } ]
points:
  running: { coil: 3, type: bool }
  temperature: { holding: 10, type: int16, scale: 0.1, unit: Cel, range: [-40, 125] }
  pressure: { holding: 11, type: float32, unit: bar }
  strokes: { holding: 20, type: uint64 }
  state: { input: 5, type: enum, names: { 0: idle, 1: run } }
`
const loaded = loadProfiles([{ file: 'acme.yaml', text: profileText }])
const profile = modbusProfile()

function modbusProfile(): ModbusProfile {
  const found = loaded.profiles.get('acme/press')
  if (found?.protocol !== 'modbus') throw new Error(JSON.stringify(loaded.problems))
  return found
}

const device = (name: string, unitId: number): PlantDevice => ({
  name,
  profile,
  link: 'line',
  unitId,
  topic: '',
  params: {},
  everyMs: 1000,
  points: new Map(),
  scenarios: [],
})

const plant = (...devices: PlantDevice[]): Plant => ({
  seed: 1,
  links: new Map([['line', { kind: 'modbus_tcp', name: 'line', listen: { host: '127.0.0.1', port: 0 } }]]),
  devices: new Map(devices.map(one => [one.name, one])),
})

let running: PlayedPlant | undefined
let socket: Socket | undefined
afterEach(async () => {
  socket?.destroy()
  await running?.[Symbol.asyncDispose]()
  running = undefined
  socket = undefined
})

async function begin(played: Plant) {
  const lines: string[] = []
  const ledger = new Ledger({ write: text => void lines.push(text), close: async () => undefined })
  running = await playPlant(played, { clock: systemClock, ledger, recordings: new Map() })
  const port = Number(running.links[0]?.address.split(':').at(-1))
  const open = connect(port, '127.0.0.1')
  socket = open
  await once(open, 'connect')
  const reader = new MbapReader()
  const received: MbapFrame[] = []
  open.on('data', chunk => {
    for (const frame of reader.push(chunk).frames) received.push({ ...frame, pdu: frame.pdu.slice() })
    open.emit('frames')
  })
  return {
    send: (bytes: Uint8Array) => open.write(bytes),
    async frames(count: number): Promise<MbapFrame[]> {
      while (received.length < count) await once(open, 'frames')
      return received.splice(0, count)
    },
    replies: (): Reply[] => lines.map(line => parseLedgerLine(line.trim(), 'ledger')),
  }
}

const holding: ReadPdu = { functionCode: 3, address: 10, count: 14 }
const request = (transaction: number, read: ReadPdu, unitId = 1) => encodeMbap(transaction, unitId, encodeRequest(read))

function decode(frame: MbapFrame | undefined): Readings {
  const into: Readings = { values: {}, quality: undefined }
  const [plan] = compileModbusReader(profile, { params: {} }).plan(['temperature', 'pressure', 'strokes'])
  const reply = frame && decodeResponse(holding, frame.pdu)
  if (reply?.kind === 'data') plan?.decode(reply.data, into)
  return into
}

test('answers pipelined requests in their order, each different, and the ledger says what each held', async () => {
  const line = await begin(plant(device('press', 1)))
  line.send(Buffer.concat(Array.from({ length: 200 }, (_, i) => request(i, holding))))
  const frames = await line.frames(200)
  expect(frames.map(frame => frame.transaction)).toEqual(Array.from({ length: 200 }, (_, i) => i))
  const decoded = frames.map(frame => decode(frame).values)
  expect(new Set(decoded.map(values => Object.values(values).join())).size).toBe(200)
  expect(line.replies().map(reply => reply.points)).toEqual(decoded)
  expect(line.replies().map(reply => reply.n)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
})

test('puts requests together that arrive byte by byte', async () => {
  const line = await begin(plant(device('press', 1)))
  for (const byte of Buffer.concat([request(7, holding), request(8, holding)])) line.send(Uint8Array.of(byte))
  const frames = await line.frames(2)
  expect(frames.map(frame => frame.transaction)).toEqual([7, 8])
  expect(Object.keys(decode(frames[1]).values)).toEqual(['temperature', 'pressure', 'strokes'])
})

test('serves several units, all four tables, and bits', async () => {
  const line = await begin(plant(device('one', 1), device('two', 2)))
  line.send(request(1, { functionCode: 1, address: 3, count: 1 }, 2))
  line.send(request(2, { functionCode: 4, address: 5, count: 1 }, 1))
  const frames = await line.frames(2)
  expect(frames.map(frame => [frame.unitId, frame.pdu.length])).toEqual([
    [2, 3],
    [1, 4],
  ])
  expect(line.replies().map(({ device: name, points }) => [name, Object.keys(points)])).toEqual([
    ['two', ['running']],
    ['one', ['state']],
  ])
})

test('answers 0 between points, and refuses what lies beyond them', async () => {
  const line = await begin(plant(device('press', 1)))
  line.send(request(1, { functionCode: 3, address: 13, count: 7 }))
  line.send(request(2, { functionCode: 3, address: 23, count: 2 }))
  line.send(request(3, { functionCode: 3, address: 9, count: 2 }))
  line.send(request(4, { functionCode: 2, address: 0, count: 1 }))
  line.send(encodeMbap(5, 1, Uint8Array.of(6, 0, 10, 0, 1)))
  const frames = await line.frames(5)
  expect([...(frames[0]?.pdu ?? [])]).toEqual([3, 14, ...Array.from({ length: 14 }, () => 0)])
  expect(frames.slice(1).map(frame => [...frame.pdu])).toEqual([
    [0x83, 2],
    [0x83, 2],
    [0x82, 2],
    [0x86, 1],
  ])
})

test('leaves points out of the ledger that a request holds only a part of', async () => {
  const line = await begin(plant(device('press', 1)))
  line.send(request(1, { functionCode: 3, address: 10, count: 2 }))
  line.send(request(2, { functionCode: 3, address: 12, count: 3 }))
  await line.frames(2)
  expect(line.replies().map(reply => Object.keys(reply.points))).toEqual([['temperature']])
})

test('says for a unit that is not there what a gateway says', async () => {
  const line = await begin(plant(device('press', 1)))
  line.send(request(1, holding, 9))
  const [frame] = await line.frames(1)
  expect([...(frame?.pdu ?? [])]).toEqual([0x83, 0x0b])
})

test('does not answer for a silent device, and answers for the others', async () => {
  const silent = { at: 0, device: 'one', silent: true as const }
  const line = await begin(plant({ ...device('one', 1), scenarios: [silent] }, device('two', 2)))
  line.send(request(1, holding, 1))
  line.send(request(2, holding, 2))
  const [frame] = await line.frames(1)
  expect(frame?.transaction).toBe(2)
  expect(line.replies().map(reply => reply.device)).toEqual(['two'])
})

test('notes a value outside the range as the bad reading that the agent makes of it', async () => {
  const points = new Map([['temperature', { constant: 200 }]])
  const line = await begin(plant({ ...device('press', 1), points }))
  line.send(request(1, holding))
  const [frame] = await line.frames(1)
  expect(decode(frame).quality).toEqual({ temperature: 'bad:out_of_range' })
  expect(line.replies()[0]?.quality).toEqual({ temperature: 'bad:out_of_range' })
  expect(Object.keys(line.replies()[0]?.points ?? {})).toEqual(['pressure', 'strokes'])
})

test('holds whole numbers beyond 2^53 without loss', async () => {
  const points = new Map([['strokes', { constant: 2n ** 60n + 1n }]])
  const line = await begin(plant({ ...device('press', 1), points }))
  line.send(request(1, holding))
  await line.frames(1)
  expect(line.replies()[0]?.points['strokes']).toBe(2n ** 60n + 1n)
})

test('ends a connection that does not speak Modbus TCP', async () => {
  const line = await begin(plant(device('press', 1)))
  line.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  if (socket) await once(socket, 'end')
  expect(line.replies()).toEqual([])
})
