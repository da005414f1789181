import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith } from '../needs.ts'
import { agentStatus, createFolder, deviceValues, startProgram, until } from '../program.ts'

const run = promisify(execFile)

const profile = `
profile: others/line
vendor: Others
model: Line
protocol: modbus
sources: [ { title: this test, confidence: high } ]
points:
  u16: { holding: 0, type: uint16 }
  f32: { holding: 6, type: float32 }
  contact: { discrete: 4, type: bool }
`
const shown = '{ u16: { constant: 65321 }, f32: { constant: 230.2 }, contact: { constant: true } }'

function plant(port: number): string {
  return `
profiles: ./profiles
links:
  shelf: { modbus_rtu: ./shelf-line }
  press: { modbus_rtu: ./press-line }
  server: { modbus_rtu_tcp: "127.0.0.1:${port}" }
devices:
  a: { profile: others/line, link: shelf, unit_id: 5, points: ${shown} }
  b: { profile: others/line, link: press, unit_id: 7, points: ${shown} }
  c: { profile: others/line, link: server, unit_id: 9, points: ${shown} }
`
}

describeWith(['socat'], 'Modbus RTU on pseudo-terminals and over TCP', () => {
  test('the agent reads what the simulator serves, and again after the port was gone', async () => {
    const [port = 0, pagePort] = await freePorts(2)
    using folder = createFolder({ 'profiles/line.yaml': profile, 'plant.yaml': plant(port) })
    const configured = createFolder({
      'profiles/line.yaml': profile,
      'lineside.yaml': `
gateway: others
profiles: ./profiles
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links:
  press: { modbus_rtu: ${join(folder.path, 'press-line')}, baud: 19200, parity: even, connect_delay: 20ms }
  server: { modbus_rtu_tcp: "127.0.0.1:${port}" }
devices:
  b: { profile: others/line, link: press, unit_id: 7, every: 100ms }
  c: { profile: others/line, link: server, unit_id: 9, every: 100ms }
`,
    })
    using own = configured
    const first = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], own.path)
    const buffer = join(own.path, 'buffer')
    await until(agent.output, () => agentStatus(buffer))
    const expected = { u16: 65_321, f32: 230.2, contact: true }
    const points = Object.keys(expected)
    for (const device of ['b', 'c']) expect(await deviceValues(buffer, device, points)).toEqual(expected)

    expect(await first.stop(), first.output()).toBe(0)
    const stateOf = async (state: string) => {
      const status = await agentStatus(buffer)
      return status?.devices.every(device => device.state === state) ? true : undefined
    }
    await until('both devices offline', () => stateOf('offline'))
    await using second = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    await until(
      () => `both devices back: ${second.output()}`,
      () => stateOf('online'),
      60,
    )
  })
})

describeWith(['socat', 'mbpoll'], 'mbpoll over RTU', () => {
  test('reads what the simulator serves on a pseudo-terminal', async () => {
    const [port = 0] = await freePorts(1)
    using folder = createFolder({ 'profiles/line.yaml': profile, 'plant.yaml': plant(port) })
    await using simulator = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    const asked = [
      [['-t', '4:hex', '-r', '0'], '0xFF29'],
      [['-t', '4:float', '-B', '-r', '6'], '230.2'],
      [['-t', '1', '-r', '4'], '1'],
    ] as const
    for (const [args, expected] of asked) {
      const command = ['-m', 'rtu', '-a', '5', '-b', '19200', '-P', 'none', '-0', '-c', '1', '-1', '-q', ...args]
      const printed = await until(simulator.output, () =>
        run('mbpoll', [...command, join(folder.path, 'shelf-line')]).then(
          ({ stdout }) => /\]:\s+(\S+)/.exec(stdout)?.[1],
          () => undefined,
        ),
      )
      expect(printed).toBe(expected)
    }
    expect(await simulator.stop(), simulator.output()).toBe(0)
  })
})
