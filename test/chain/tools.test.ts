import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { createFolder, startProgram, until } from '../program.ts'

const plant = (port: number) => `
links: { hall: { modbus_tcp: "127.0.0.1:${port}" } }
devices:
  meter: { profile: eastron/sdm630, link: hall, unit_id: 1, points: { voltage_l1: { constant: 230.4 } } }
`
const lineside = (port: number, page: number) => `
gateway: tools
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${page}" }
links: { hall: { modbus_tcp: "127.0.0.1:${port}", timeout: 2s } }
devices:
  meter: { profile: eastron/sdm630, link: hall, unit_id: 1 }
  dead: { profile: xy/md02, link: hall, unit_id: 9 }
`

/** Device, what its voltage is, and how many of its points have a value. */
function told(text: string): readonly unknown[] {
  const { live } = JSON.parse(text) as { live: { device: string; read: { values: Record<string, unknown> } }[] }
  return live.map(({ device, read }) => [device, read.values['voltage_l1'], Object.keys(read.values).length])
}

test('with the agent and without it: live samples, a check of each device, and what a display shows', async () => {
  const [port = 0, page = 0] = await freePorts(2)
  using folder = createFolder({ 'plant.yaml': plant(port), 'lineside.yaml': lineside(port, page) })
  const run = async (...args: string[]) => {
    const program = startProgram('lineside', args, folder.path)
    return { status: await program.ended, printed: program.printed(), output: program.output() }
  }
  await using simulator = startProgram('lineside-sim', ['plant.yaml'], folder.path)
  await until(simulator.output, () => (simulator.output().includes(String(port)) ? true : undefined))

  const found = await run('probe', 'meter', '--expect', '230.4', '--json')
  expect(found.status, found.output).toBe(0)
  expect(JSON.parse(found.printed)).toMatchObject({ point: { value: '{ input: 0x0000, type: float32 }' } })
  const alone = await run('check', '--live', '--json')
  expect(alone.status).toBe(1)
  expect(told(alone.printed)).toEqual([
    ['meter', 230.4, 60],
    ['dead', undefined, 0],
  ])

  await using agent = startProgram('lineside', ['run'], folder.path)
  await until(agent.output, () => (agent.output().includes('started') ? true : undefined))
  const tail = await run('tail', 'meter', '--point', 'voltage_l1', '--count', '2', '--json')
  expect(tail.status, tail.output).toBe(0)
  const samples = tail.printed.trimEnd().split('\n').slice(1)
  expect(samples.map(line => (JSON.parse(line) as { values: object }).values)).toEqual([
    { voltage_l1: 230.4 },
    { voltage_l1: 230.4 },
  ])
  expect(told((await run('check', '--live', '--json')).printed)).toEqual(told(alone.printed))
  const refused = await run('probe', 'meter', '--expect', '230.4')
  expect(refused.status).toBe(1)
  expect(refused.output).toContain('the running agent asks on this line (link hall)')
  const named = await run('scan', '--tcp', `localhost:${port}`)
  expect(named.status).toBe(1)
  expect(named.output).toContain('the running agent asks on this line (link hall)')
  // As when the terminal is closed that it was started from.
  expect(await agent.stop('SIGHUP'), agent.output()).toBe(0)
  expect(agent.output()).toContain('"msg":"stopped"')
})
