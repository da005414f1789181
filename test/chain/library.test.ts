import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '@lineside/contract'
import { type DeviceProfile, layOut, locate, isSunspec } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { libraryProfiles } from '../devices-page.ts'
import { agentStatus, createFolder, startProgram, until } from '../program.ts'

interface LedgerReply {
  readonly device: string
  readonly points: Readonly<Record<string, unknown>>
}

interface Played {
  readonly profile: DeviceProfile
  /** Keys of plant.yaml alone. */
  readonly plant: string
  readonly points: readonly string[]
}

/** Other models of SunSpec devices than those that the profile has its points in, each at another place. */
const chains = [
  { base: 40_000, models: [1, 101, 160] },
  { base: 0, models: [1, 113] },
  { base: 50_000, models: [213, 1] },
  { base: 0, models: [1, 701, 713, 714] },
]

function otherChains(profile: DeviceProfile): readonly Played[] {
  if (!isSunspec(profile)) return []
  return chains.map(({ base, models }) => {
    const located = locate(profile, layOut(profile.sunspec.models, { base, models, blocks: 2 }))
    const plant = `sunspec: { base: ${base}, models: [${models.join(', ')}], blocks: 2 }`
    return { profile, plant, points: [...located.points.keys()] }
  })
}

const everyone = libraryProfiles().flatMap((profile): readonly Played[] => [
  { profile, plant: '', points: [...profile.points.keys()] },
  ...otherChains(profile),
])

/** Every profile as one device: its name in both files, and what only one protocol needs. */
const devices = everyone.map(({ profile, plant, points }, index) => ({
  profile,
  plant,
  points,
  name: `${profile.profile.replaceAll(/[^a-z0-9]/g, '_')}_${index}`,
  link: linkOf(profile.protocol, index),
  where: {
    modbus: `unit_id: ${index + 1}`,
    serial: '',
    mqtt: `topic: plant/device${index}`,
    sparkplug: `sparkplug: { group: plant, node: node_${index}, device: device_${index} }`,
  }[profile.protocol],
  params: [...profile.params].map(([name, param]) => `${name}: ${param.default ?? 1}`).join(', '),
}))
function linkOf(protocol: DeviceProfile['protocol'], index: number): string {
  if (protocol === 'serial') return `line_${index}`
  return protocol === 'sparkplug' ? 'mqtt' : protocol
}
const lines = devices.filter(device => device.profile.protocol === 'serial')

function entries(every: (device: (typeof devices)[number]) => string): string {
  return devices
    .map(device => {
      const keys = [`profile: ${device.profile.profile}`, `link: ${device.link}`, device.where, every(device)]
      return `  ${device.name}: { ${keys.filter(key => key !== '').join(', ')}, params: { ${device.params} } }`
    })
    .join('\n')
}

test('the simulator plays the whole library, and the agent reads it back value for value', async () => {
  const [modbus, mqtt, ...serial] = await freePorts(2 + lines.length)
  const lineLinks = lines.map(({ link }, index) => `  ${link}: { serial_tcp: "127.0.0.1:${serial[index]}" }`).join('\n')
  using folder = createFolder({
    secret: 'of the plant\n',
    'plant.yaml': `
ledger: ledger.ndjson
links:
  modbus: { modbus_tcp: "127.0.0.1:${modbus}" }
  mqtt: { mqtt: "mqtt://127.0.0.1:${mqtt}", username: plant, password: { file: secret } }
${lineLinks}
devices:
${entries(({ plant }) => ['every: 500ms', plant].filter(key => key !== '').join(', '))}
`,
    'lineside.yaml': `
gateway: library
storage: { path: ./buffer }
links:
  modbus: { modbus_tcp: "127.0.0.1:${modbus}" }
  mqtt: { broker: "127.0.0.1:${mqtt}", users: { plant: { password: { file: secret }, publish: ["plant/#", "tele/plant/#", "spBv1.0/plant/#"], subscribe: ["spBv1.0/plant/NCMD/#"] } } }
${lineLinks}
devices:
${entries(({ profile }) => (profile.protocol === 'mqtt' || profile.protocol === 'sparkplug' ? '' : 'every: 500ms'))}
`,
  })
  await using simulator = startProgram('lineside-sim', ['plant.yaml'], folder.path)
  await using agent = startProgram('lineside', ['run'], folder.path)

  let missing: readonly string[] = []
  const whole = await until(
    () => `${missing.join(', ')}\n${simulator.output()}\n${agent.output()}`,
    async () => {
      const seen = (await agentStatus(join(folder.path, 'buffer')))?.devices ?? []
      missing = devices.flatMap(({ name, points: wanted }) => {
        const good = (seen.find(device => device.name === name)?.readings ?? []).filter(r => r.value !== undefined)
        const points = new Set(good.map(reading => reading.point))
        return wanted.filter(point => !points.has(point)).map(point => `${name}.${point}`)
      })
      return missing.length === 0 ? seen : undefined
    },
    40,
  )
  await agent.stop()
  await simulator.stop()

  const played = playedValues(readFileSync(join(folder.path, 'ledger.ndjson'), 'utf8'))
  const readings = whole.flatMap(({ name, readings: all }) => all.map(reading => ({ name, ...reading })))
  expect(readings.length).toBe(devices.reduce((sum, { points }) => sum + points.length, 0))
  expect(readings.filter(({ quality }) => quality !== undefined)).toEqual([])
  expect(readings.filter(({ name, point, value }) => !played.get(`${name} ${point}`)?.has(value))).toEqual([])
})

/** Device and point → the values that left the simulator. */
function playedValues(ledger: string): ReadonlyMap<string, ReadonlySet<unknown>> {
  const played = new Map<string, Set<unknown>>()
  for (const line of ledger.split('\n').filter(text => text !== '')) {
    const { device, points } = parseJson(line) as LedgerReply
    for (const [point, value] of Object.entries(points)) {
      const values = played.get(`${device} ${point}`) ?? new Set()
      played.set(`${device} ${point}`, values.add(value))
    }
  }
  return played
}
