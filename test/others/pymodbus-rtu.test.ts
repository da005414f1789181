import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith, python } from '../needs.ts'
import { createFolder, deviceValues, startProgram, until } from '../program.ts'

const profile = `
profile: others/line
vendor: Others
model: Line
protocol: modbus
sources: [ { title: this test, confidence: high } ]
points:
  u16: { holding: 0, type: uint16 }
  f32: { holding: 6, type: float32 }
  level: { input: 3, type: int16, scale: 0.1 }
  beyond: { input: 40, type: uint16 }
`

describeWith(['socat', 'pymodbus', 'pyserial'], 'an RTU server of pymodbus behind a pair of pseudo-terminals', () => {
  test('is read by the agent value for value, and a register it refuses makes only its own point bad', async () => {
    const [pagePort] = await freePorts(1)
    using folder = createFolder({ 'profiles/line.yaml': profile })
    const [near, far] = [join(folder.path, 'near'), join(folder.path, 'far')]
    using own = createFolder({
      'profiles/line.yaml': profile,
      'lineside.yaml': `
gateway: others
profiles: ./profiles
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links: { line: { modbus_rtu: ${near}, baud: 19200, parity: none, timeout: 2s } }
devices:
  meter: { profile: others/line, link: line, unit_id: 3, every: 200ms }
`,
    })
    await using wire = startProgram('socat', [`pty,rawer,link=${near}`, `pty,rawer,link=${far}`], folder.path)
    await until(wire.output, () => (existsSync(near) && existsSync(far) ? true : undefined))
    const server = spawn(python, [join(import.meta.dirname, 'pymodbus-server.py')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    try {
      const holding = { 0: 65_321, 6: 0x4366, 7: 0x3333 }
      server.stdin.write(`${JSON.stringify({ unit: 3, serial: far, holding, input: { 3: 0xff33 } })}\n`)
      await once(server.stdout, 'data')
      await using agent = startProgram('lineside', ['run', 'lineside.yaml'], own.path)
      const values = await deviceValues(join(own.path, 'buffer'), 'meter', ['u16', 'f32', 'level'])
      expect(values).toEqual({ u16: 65_321, f32: 230.2, level: -20.5 })
      expect(await agent.stop(), agent.output()).toBe(0)
    } finally {
      server.kill('SIGKILL')
    }
  })
})
