import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type Sample, type StateEntry, systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import type {
  DeviceProfile,
  ModbusProfile,
  MqttMessage,
  MqttPoint,
  MqttProfile,
  SerialMessage,
  SerialPoint,
  SerialPoll,
  SerialProfile,
  SparkplugPoint,
  SparkplugProfile,
} from '@lineside/device-profiles'
import { plainPoint } from '@lineside/device-profiles'
import { pino } from 'pino'
import type { BrokerLinkLimits, DeviceConfig } from '../config/types.ts'
import type { LinkContext, Settle } from '../intake.ts'

/** A TCP server on loopback that a test drives; closing it ends its connections. */
export class TestServer implements AsyncDisposable {
  readonly sockets = new Set<Socket>()
  /** Connections so far. */
  accepted = 0
  readonly #server: Server
  port = 0

  constructor(connection: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
      this.accepted++
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      socket.on('error', () => {})
      connection(socket)
    })
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address && typeof address === 'object') this.port = address.port
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** What a link delivered, and a way to wait for it. */
export class TestIntake {
  readonly samples: Sample[] = []
  readonly states: Omit<StateEntry, 'k' | 't'>[] = []
  readonly settles: Settle[] = []
  /** Those of the samples that are from the past. */
  readonly historical: Sample[] = []
  /** Those of which nobody knows that they are of now. */
  readonly keptBefore: Sample[] = []
  /** How often an early commit was asked for. */
  hurried = 0
  #watchers: (() => void)[] = []

  sample(sample: Sample, settle?: Settle): void {
    this.samples.push(sample)
    if (settle) this.settles.push(settle)
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  past(sample: Sample, settle?: Settle): void {
    this.historical.push(sample)
    this.sample(sample, settle)
  }

  kept(sample: Sample, settle?: Settle): void {
    this.keptBefore.push(sample)
    this.sample(sample, settle)
  }

  hurry(): void {
    this.hurried++
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  state(change: Omit<StateEntry, 'k' | 't'>): void {
    this.states.push(change)
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  /** Resolves when `condition` holds, looking again at each sample and each state. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => void this.#watchers.push(resolve))
  }
}

export function testContext(intake = new TestIntake()): LinkContext & { readonly intake: TestIntake } {
  return { clock: systemClock, random: seededRandom(11), log: pino({ enabled: false }), intake }
}

/** Far from all of them in most tests. */
export const testBrokerLimits: BrokerLinkLimits = {
  clients: 2000,
  packetBytes: 262_144,
  messageRate: 1000,
  subscriptions: 10,
  retainedTopics: 10,
  retainedBytes: 100_000,
}

/** A device that reads every point of its profile. */
export function testDevice(
  name: string,
  profile: DeviceProfile,
  more: Partial<DeviceConfig> & { everyMs?: number } = {},
): DeviceConfig {
  const { everyMs = 20, ...rest } = more
  const points = [...profile.points.keys()].map(
    point => [point, { name: point, everyMs, deadband: 0, maxSilenceMs: 0 }] as const,
  )
  return {
    name,
    link: 'line',
    profile,
    unitId: 1,
    params: {},
    tags: {},
    points: new Map(points),
    alarms: [],
    detect: [],
    ...rest,
  }
}

const base = {
  profile: 'test/device',
  version: '000000000000',
  vendor: 'Test',
  model: 'Device',
  sources: [],
  requirements: [],
  caveats: [],
  params: new Map(),
  tests: [],
}

/** 16-bit holding registers, one a name, at these addresses. */
export function testModbusProfile(registers: Readonly<Record<string, number>>, hole = 0): ModbusProfile {
  return {
    ...base,
    protocol: 'modbus',
    points: new Map(Object.entries(registers).map(([name, address]) => [name, { ...plainPoint(name), address }])),
    limits: { registers: 125, bits: 2000, hole, bitHole: 0, gapMs: 0 },
    serial: {},
  }
}

const number = {
  type: 'number',
  scale: 1,
  offset: 0,
  units: new Map(),
  names: new Map(),
  notAvailable: new Set<string>(),
} as const

const mqttPoint = (name: string): MqttPoint => ({
  ...number,
  protocol: 'mqtt',
  name,
  from: [{ message: 'state', path: name }],
})

const sparkplugPoint = (name: string): SparkplugPoint => ({
  ...number,
  protocol: 'sparkplug',
  name,
  metric: `Inputs/${name}`,
  datatype: 'Double',
})

/** Metrics `Inputs/a` and `Inputs/b`. */
export function testSparkplugProfile(): SparkplugProfile {
  return { ...base, protocol: 'sparkplug', points: new Map(['a', 'b'].map(name => [name, sparkplugPoint(name)])) }
}

const serialPoint = (name: string, message: string): SerialPoint => ({
  ...number,
  protocol: 'serial',
  name,
  from: [{ message, field: 'value', when: new Map() }],
  ignoresStatus: false,
})

const serialMessage = (name: string): SerialMessage => ({
  name,
  layout: { kind: 'format', format: `${name} {value}` },
  statuses: [],
  ignore: false,
})
const refusal: SerialMessage = { ...serialMessage('E'), refuse: 'not now' }

/** JSON messages `{"a": 1, "b": 2}` on `{topic}/state`, and `online` or `offline` on `{topic}/available`. */
export function testMqttProfile(): MqttProfile {
  return {
    ...base,
    protocol: 'mqtt',
    topic: { description: 'name of the device', example: 'plant/d' },
    messages: new Map<string, MqttMessage>([
      ['state', { name: 'state', topic: '{topic}/state', payload: 'json', match: new Map(), retain: false }],
      [
        'available',
        {
          name: 'available',
          topic: '{topic}/available',
          payload: 'text',
          match: new Map(),
          available: { online: ['online'], offline: ['offline'] },
          retain: true,
        },
      ],
    ]),
    points: new Map([mqttPoint('a'), mqttPoint('b')].map(p => [p.name, p])),
  }
}

/** Lines `W 12.5` (point `weight`) and `T 20.1` (point `temperature`); with `polls`, `W?` and `T?` ask for them. */
export function testSerialProfile(polls: boolean, timeoutMs = 40): SerialProfile {
  const poll = (name: string): SerialPoll => ({
    name: `ask ${name}`,
    send: `${name}?\r\n`,
    timeoutMs,
    answers: [name, 'E'],
  })
  return {
    ...base,
    protocol: 'serial',
    serial: {},
    framing: { kind: 'lines', terminator: '\r\n', maxLength: 80, first: 'keep' },
    polls: new Map(polls ? ['W', 'T'].map(name => [`ask ${name}`, poll(name)]) : []),
    messages: new Map([serialMessage('W'), serialMessage('T'), refusal].map(m => [m.name, m])),
    others: 'refuse',
    points: new Map([serialPoint('weight', 'W'), serialPoint('temperature', 'T')].map(p => [p.name, p])),
  }
}
