import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { openPseudoTerminal } from '../../simulator/src/servers/pseudo-terminal.ts'
import { describeWith, python } from '../needs.ts'
import { createFolder, startProgram, until } from '../program.ts'

interface Scanned {
  readonly units: readonly {
    readonly place: object
    readonly unit_id: number
    readonly says: Readonly<Record<string, string>>
    readonly profiles: readonly { readonly profile: string; readonly confidence: string }[]
  }[]
  readonly untried: number
  readonly yaml: string
}

async function scanned(cwd: string, ...args: string[]): Promise<Scanned> {
  const program = startProgram('lineside', ['scan', ...args, '--json'], cwd)
  expect(await program.ended, program.output()).toBe(0)
  return JSON.parse(program.printed()) as Scanned
}

const namesOf = ({ units }: Scanned) => units.map(unit => [unit.unit_id, unit.profiles[0]?.profile])

const shown = '{ voltage_l1: { constant: 230.4 }, frequency: { constant: 50.02 }, power_total: { constant: 1173 } }'
const plant = (port: number) => `
links: { server: { modbus_rtu_tcp: "127.0.0.1:${port}" } }
devices:
  meter: { profile: eastron/sdm630, link: server, unit_id: 2, points: ${shown} }
  climate: { profile: xy/md02, link: server, unit_id: 5, points: { temperature: { constant: 21.5 }, humidity: { constant: 48.2 } } }
`

test('units on a TCP line are found, named, and written as what lineside.yaml takes', async () => {
  const [port = 0, pagePort] = await freePorts(2)
  using folder = createFolder({ 'plant.yaml': plant(port) })
  await using simulator = startProgram('lineside-sim', ['plant.yaml'], folder.path)
  await until(simulator.output, () => (simulator.output().includes(String(port)) ? true : undefined))
  const result = await scanned(folder.path, '--rtu-tcp', `127.0.0.1:${port}`, '--units', '1-6', '--timeout', '400ms')
  expect(namesOf(result)).toEqual([
    [2, 'eastron/sdm630'],
    [5, 'xy/md02'],
  ])
  const head = `gateway: g\nstorage: { path: ./buffer, max_size: 1GB }\npage: { listen: "127.0.0.1:${pagePort}" }\n`
  using pasted = createFolder({ 'lineside.yaml': `${head}${result.yaml}` })
  const check = startProgram('lineside', ['check'], pasted.path)
  expect(await check.ended, check.output()).toBe(0)

  // The same line is the agent's while it runs.
  await using agent = startProgram('lineside', ['run'], pasted.path)
  await until(agent.output, () => (agent.output().includes('started') ? true : undefined))
  const refused = startProgram('lineside', ['scan', '--link', 'line'], pasted.path)
  expect(await refused.ended).toBe(1)
  expect(refused.output()).toContain('the running agent asks on this line (link line); use lineside read')
})

describeWith(['socat'], 'a line of which nobody knows the baud rate', () => {
  test('is found at the one rate at which its units answer', async () => {
    const [port = 0] = await freePorts(1)
    using folder = createFolder({ 'plant.yaml': plant(port) })
    await using simulator = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    await until(simulator.output, () => (simulator.output().includes(String(port)) ? true : undefined))
    const path = join(folder.path, 'line')
    // What is sent at another rate reaches the units as other bytes, as on a wire.
    await using terminal = await openPseudoTerminal('line', path)
    const units = createConnection({ host: '127.0.0.1', port })
    const rates = new Set<number>()
    units.on('data', chunk => void terminal.write(chunk))
    terminal.read(chunk => {
      const rate = Number(execFileSync('stty', ['-F', path, 'speed']))
      rates.add(rate)
      units.write(rate === 19_200 ? chunk : chunk.map(byte => (byte << 1) | 1))
    })
    const result = await scanned(
      folder.path,
      '--rtu',
      path,
      '--baud',
      '9600,19200,38400',
      '--parity',
      'even',
      '--units',
      '1-6',
    )
    expect(namesOf(result)).toEqual([
      [2, 'eastron/sdm630'],
      [5, 'xy/md02'],
    ])
    expect(result.units[0]?.place).toEqual({ modbus_rtu: path, baud: 19_200, parity: 'even', stop_bits: 1 })
    expect(result.untried).toBe(1)
    expect([...rates]).toEqual([9600, 19_200])
    expect(result.yaml).toContain(`line: { modbus_rtu: ${path}, baud: 19200, parity: even }`)
    units.destroy()
  })
})

describeWith(['pymodbus'], 'a scan of a server of pymodbus', () => {
  test('learns what the server says of itself', async () => {
    const [port = 0] = await freePorts(1)
    const server = spawn(python, [join(import.meta.dirname, 'pymodbus-server.py')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    try {
      const identity = { VendorName: 'Acme', ProductCode: 'M1', MajorMinorRevision: '2.11', ModelName: 'Meter One' }
      server.stdin.write(`${JSON.stringify({ unit: 3, port, holding: { 0: 7 }, identity })}\n`)
      await once(server.stdout, 'data')
      using folder = createFolder()
      const result = await scanned(folder.path, '--tcp', `127.0.0.1:${port}`, '--units', '1-4', '--timeout', '400ms')
      expect(result.units.map(unit => [unit.unit_id, unit.says])).toEqual([
        [3, { vendor: 'Acme', product_code: 'M1', revision: '2.11', model: 'Meter One' }],
      ])
    } finally {
      server.kill('SIGKILL')
    }
  })
})
