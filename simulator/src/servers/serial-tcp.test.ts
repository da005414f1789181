import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { systemClock } from '@lineside/contract'
import { compileSerial, createFramer, type SerialProfile } from '@lineside/device-profiles'
import { afterEach, expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import { parseLedgerLine } from '../ledger/read-ledger.ts'
import type { Reply } from '../ledger/reply.ts'
import { builtinProfile } from '../plant/testing.ts'
import type { Plant, PlantDevice } from '../plant/plant.ts'
import { playPlant, type PlayedPlant } from '../play-plant.ts'

function serialProfile(name: string): SerialProfile {
  const profile = builtinProfile(name)
  if (profile.protocol !== 'serial') throw new TypeError(name)
  return profile
}

const device = (profile: string): PlantDevice => ({
  name: 'device',
  profile: serialProfile(profile),
  link: 'line',
  unitId: 1,
  topic: '',
  params: {},
  everyMs: 10,
  points: new Map(),
  scenarios: [],
})

let running: PlayedPlant | undefined
let socket: Socket | undefined
afterEach(async () => {
  socket?.destroy()
  await running?.[Symbol.asyncDispose]()
  running = undefined
  socket = undefined
})

async function begin(played: PlantDevice) {
  const plant: Plant = {
    seed: 1,
    links: new Map([['line', { kind: 'serial_tcp', name: 'line', listen: { host: '127.0.0.1', port: 0 } }]]),
    devices: new Map([[played.name, played]]),
  }
  const lines: string[] = []
  const ledger = new Ledger({ write: text => void lines.push(text), close: async () => undefined })
  running = await playPlant(plant, { clock: systemClock, ledger, recordings: new Map() })
  const port = Number(running.links[0]?.address.split(':').at(-1))
  return { port, replies: (): Reply[] => lines.map(line => parseLedgerLine(line.trim(), 'ledger')) }
}

/** Reads as the agent does, until there are `count` decoded frames. */
async function read(port: number, profile: SerialProfile, count: number, send = ''): Promise<Reply['points'][]> {
  const open = connect(port, '127.0.0.1')
  socket = open
  await once(open, 'connect')
  const framer = createFramer(profile.framing)
  const compiled = compileSerial(profile, { params: {} })
  const decoded: Reply['points'][] = []
  open.write(send)
  while (decoded.length < count) {
    const [chunk]: Buffer[] = await once(open, 'data')
    if (chunk === undefined) break
    for (const frame of framer.push(chunk)) {
      const said = frame.kind === 'frame' ? compiled.decode(frame.bytes) : undefined
      if (said?.ok === true) decoded.push(said.values)
    }
  }
  return decoded
}

test('a talker begins at the start of a frame, and the ledger holds what a client decodes', async () => {
  const station = device('nmea/weather-station')
  const line = await begin(station)
  const decoded = await read(line.port, serialProfile('nmea/weather-station'), 12)
  const replies = line.replies().map(reply => reply.points)
  expect(replies.slice(0, 12)).toEqual(decoded.slice(0, replies.length))
  expect(new Set(decoded.map(values => JSON.stringify(values))).size).toBe(decoded.length)
})

test('what a talker says with nobody there is in no ledger', async () => {
  const line = await begin(device('nmea/weather-station'))
  await read(line.port, serialProfile('nmea/weather-station'), 1)
  expect(line.replies()[0]?.n).toBe(1)
})

test('a talker sends only the messages that are named', async () => {
  const line = await begin({ ...device('nmea/weather-station'), messages: ['climate'] })
  const decoded = await read(line.port, serialProfile('nmea/weather-station'), 3)
  expect(new Set(decoded.flatMap(values => Object.keys(values)))).toEqual(
    new Set(['temperature', 'dew_point', 'humidity', 'pressure']),
  )
})

test('a responder answers each question once, however it is split, and says nothing by itself', async () => {
  const line = await begin(device('mettler-toledo/mt-sics'))
  const decoded = await read(line.port, serialProfile('mettler-toledo/mt-sics'), 2, 'SI\r\nXX\r\nSI\r\nS')
  expect(decoded.map(values => Object.keys(values))).toEqual([
    ['weight', 'stable'],
    ['weight', 'stable'],
  ])
  expect(decoded[0]).not.toEqual(decoded[1])
  socket?.write('I\r\n')
  if (socket) await once(socket, 'data')
  const replies = line.replies()
  expect(replies.slice(0, 2).map(reply => reply.points)).toEqual(decoded)
  expect(replies).toHaveLength(3)
})
