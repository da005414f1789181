import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWith, python } from '../needs.ts'
import { freePorts } from '../../demo/src/free-ports.ts'
import { createFolder, deviceValues, startProgram } from '../program.ts'

/** Big-endian words of a float32. */
function words(value: number): [number, number] {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
}

function floats(values: Readonly<Record<number, number>>): Record<string, number> {
  const image: Record<string, number> = {}
  for (const [address, value] of Object.entries(values)) {
    const [high, low] = words(value)
    image[address] = high
    image[Number(address) + 1] = low
  }
  return image
}

describeWith(['pymodbus'], 'a Modbus TCP server of pymodbus', () => {
  test('is read by the agent value for value, and a register it refuses makes only its own point bad', async () => {
    const [modbusPort, pagePort] = await freePorts(2)
    const input = {
      ...floats({ 0x00: 230.2, 0x02: 231.5, 0x06: 4.25, 0x0c: 978.5, 0x34: -1234.5, 0x46: 49.98, 0x48: 104_321.25 }),
      // The profile's voltage of L3 (0x04) is left out on purpose: the server answers exception 2.
    }
    using folder = createFolder({
      'lineside.yaml': `
gateway: others
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links: { plant: { modbus_tcp: "127.0.0.1:${modbusPort}", timeout: 2s } }
devices:
  meter: { profile: others/meter, link: plant, unit_id: 1, every: 200ms }
profiles: ./profiles
`,
      'profiles/meter.yaml': `
profile: others/meter
vendor: Others
model: Meter
protocol: modbus
sources: [ { title: this test, confidence: high } ]
points:
  voltage_l1: { input: 0x0000, type: float32, unit: V }
  voltage_l2: { input: 0x0002, type: float32, unit: V }
  voltage_l3: { input: 0x0004, type: float32, unit: V }
  current_l1: { input: 0x0006, type: float32, unit: A }
  power_l1: { input: 0x000C, type: float32, unit: W }
  power_total: { input: 0x0034, type: float32, unit: W }
  frequency: { input: 0x0046, type: float32, unit: Hz }
  energy: { input: 0x0048, type: float32, unit: kW.h }
`,
    })
    const server = spawn(python, [join(import.meta.dirname, 'pymodbus-server.py')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    try {
      server.stdin.write(`${JSON.stringify({ unit: 1, port: modbusPort, input })}\n`)
      await once(server.stdout, 'data')
      await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
      const readable = ['voltage_l1', 'voltage_l2', 'current_l1', 'power_l1', 'power_total', 'frequency', 'energy']
      const values = await deviceValues(join(folder.path, 'buffer'), 'meter', readable)
      expect(values).toEqual({
        voltage_l1: 230.2,
        voltage_l2: 231.5,
        current_l1: 4.25,
        power_l1: 978.5,
        power_total: -1234.5,
        frequency: 49.98,
        energy: 104_321.25,
      })
      expect(await agent.stop(), agent.output()).toBe(0)
    } finally {
      server.kill('SIGKILL')
    }
  })
})
