import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { describeWith } from '../needs.ts'
import { freePorts } from '../../demo/src/free-ports.ts'
import { createFolder, startProgram, until } from '../program.ts'

const run = promisify(execFile)

/** Point → how the profile writes it, what the simulator shows, how mbpoll asks for it, what mbpoll must print. */
const points = [
  ['flag', 'coil: 3, type: bool', 'true', ['-t', '0', '-r', '3'], '1'],
  ['contact', 'discrete: 4, type: bool', 'true', ['-t', '1', '-r', '4'], '1'],
  ['u16', 'holding: 0, type: uint16', '65321', ['-t', '4:hex', '-r', '0'], '0xFF29'],
  ['i16', 'input: 0, type: int16', '-1234', ['-t', '3:hex', '-r', '0'], '0xFB2E'],
  ['scaled', 'input: 1, type: int16, scale: 0.1', '-20.5', ['-t', '3:hex', '-r', '1'], '0xFF33'],
  ['i32', 'holding: 2, type: int32', '-2147480000', ['-t', '4:int', '-B', '-r', '2'], '-2147480000'],
  ['i32_swapped', 'holding: 4, type: int32, order: cdab', '123456789', ['-t', '4:int', '-r', '4'], '123456789'],
  ['f32', 'holding: 6, type: float32', '230.2', ['-t', '4:float', '-B', '-r', '6'], '230.2'],
  ['f32_swapped', 'input: 8, type: float32, order: cdab', '-0.125', ['-t', '3:float', '-r', '8'], '-0.125'],
  ['text', 'holding: 10, type: string, registers: 2', 'AB12', ['-t', '4:hex', '-r', '10'], '0x4142'],
] as const

const profile = `
profile: others/types
vendor: Others
model: Types
protocol: modbus
sources: [ { title: this test, confidence: high } ]
points:
${points.map(([name, written]) => `  ${name}: { ${written} }`).join('\n')}
`

describeWith(['mbpoll'], 'mbpoll', () => {
  test('reads what the simulator serves and agrees on each type', async () => {
    const [port = 0] = await freePorts(1)
    using folder = createFolder({
      'profiles/types.yaml': profile,
      'plant.yaml': `
profiles: ./profiles
links: { plant: { modbus_tcp: "127.0.0.1:${port}" } }
devices:
  types:
    profile: others/types
    link: plant
    unit_id: 5
    points:
${points.map(([name, , shown]) => `      ${name}: { constant: ${shown} }`).join('\n')}
`,
    })
    await using simulator = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    // Asked once for each type: without a ledger the simulator leaves constants as they are.
    for (const [name, , , args, expected] of points) {
      const command = ['-m', 'tcp', '-a', '5', '-0', '-c', '1', '-1', '-q', '-p', String(port), ...args, '127.0.0.1']
      const printed = await until(
        () => `${name}: ${simulator.output()}`,
        () =>
          run('mbpoll', command).then(
            ({ stdout }) => /\]:\s+(\S+)/.exec(stdout)?.[1],
            () => undefined,
          ),
      )
      expect(printed, name).toBe(expected)
    }
    expect(await simulator.stop(), simulator.output()).toBe(0)
  })
})
