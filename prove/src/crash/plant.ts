import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../../demo/src/free-ports.ts'

export const gateway = 'crash-gw'
export const commitEveryMs = 200
/** Devices whose messages wait for their acknowledgement and may be sent again after a kill. */
export const mqttDevices: ReadonlySet<string> = new Set(['plug'])

/** Files for one run: one device of each kind of source, quick enough that a kill always hits something. */
export interface CrashPlace extends Disposable {
  readonly folder: string
  file(name: string): string
  writeAgentConfig(token: string): void
}

export async function createPlace(): Promise<CrashPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-crash-'))
  const file = (name: string) => join(folder, name)
  const [power, weather, broker, receiver, page] = await freePorts(5)
  const secret = randomBytes(18).toString('base64url')
  writeFileSync(file('plug.secret'), `${secret}\n`, { mode: 0o600 })
  writeFileSync(
    file('plant.yaml'),
    `seed: 11
links:
  power: { modbus_tcp: "127.0.0.1:${power}" }
  weather: { serial_tcp: "127.0.0.1:${weather}" }
  plug: { mqtt: "mqtt://127.0.0.1:${broker}", username: plug, password: { file: plug.secret } }
devices:
  meter:
    profile: eastron/sdm630
    link: power
    unit_id: 1
    points:
      power_total: { noise: { of: { drift: { min: 8000, max: 14000, every: 10s } }, spread: 40 } }
      energy_import: { counter: { start: 104321, per_second: 3 } }
      voltage_l1: { noise: { of: 230, spread: 2 } }
  press:
    profile: banner/qm42vt2
    link: power
    unit_id: 2
    points:
      temperature: { noise: { of: 61, spread: 0.2 } }
      velocity_z: { noise: { of: { steps: { values: [1.8, 9.5], every: 3s } }, spread: 0.05 } }
  roof:
    profile: nmea/weather-station
    link: weather
    every: 200ms
    messages: [wind_relative]
    points:
      wind_angle: { drift: { min: 210, max: 260, every: 15s } }
      wind_speed: { noise: { of: 5, spread: 0.4 } }
  plug:
    profile: shelly/gen2-switch
    link: plug
    topic: shellies/plug
    every: 200ms
    points:
      power: { noise: { of: 60, spread: 4 } }
      energy: { counter: { start: 1072, per_second: 2 } }
`,
  )
  writeFileSync(
    file('receiver.yaml'),
    `listen: "127.0.0.1:${receiver}"
data: ./receiver-data
log: embedded
archive: { folder: ./archive, roll: { rows: 2000, every: 2s } }
`,
  )
  return {
    folder,
    file,
    writeAgentConfig(token) {
      writeFileSync(file('token'), `${token}\n`, { mode: 0o600 })
      writeFileSync(
        file('lineside.yaml'),
        `gateway: ${gateway}
cloud: { url: "http://127.0.0.1:${receiver}", token: { file: token } }
storage: { path: ./buffer, max_size: 500MB, commit_every: ${commitEveryMs}ms }
page: { listen: "127.0.0.1:${page}" }
links:
  power: { modbus_tcp: "127.0.0.1:${power}", timeout: 1s }
  weather: { serial_tcp: "127.0.0.1:${weather}" }
  sensors:
    broker: "127.0.0.1:${broker}"
    users: { plug: { password: { file: plug.secret }, publish: ["shellies/#"] } }
devices:
  meter: { profile: eastron/sdm630, link: power, unit_id: 1, every: 100ms }
  press:
    profile: banner/qm42vt2
    link: power
    unit_id: 2
    every: 100ms
    alarms: { shakes: { point: velocity_z, high: 8, hysteresis: 1, priority: high, message: shakes, action: look } }
  roof: { profile: nmea/weather-station, link: weather }
  plug: { profile: shelly/gen2-switch, link: sensors, topic: shellies/plug }
`,
      )
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
