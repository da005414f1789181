import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith } from '../needs.ts'
import { agentStatus, createFolder, deviceValues, startProgram, until } from '../program.ts'

const [modbusPort = 0, pagePort = 0, closedPort = 0] = await freePorts(3)

const plant = (humidity: number) => `
links: { hall: { modbus_tcp: "127.0.0.1:${modbusPort}" } }
devices: { press: { profile: xy/md02, link: hall, unit_id: 4, points: { temperature: 55, humidity: ${humidity} } } }
`
const files = {
  'token.secret': `${'x'.repeat(40)}\n`,
  'dry.yaml': plant(50),
  'damp.yaml': plant(95),
  'lineside.yaml': `
gateway: started
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
cloud: { url: "http://127.0.0.1:${closedPort}", token: { file: token.secret } }
links: { hall: { modbus_tcp: "127.0.0.1:${modbusPort}" } }
devices:
  press:
    profile: xy/md02
    link: hall
    unit_id: 4
    every: 100ms
    alarms:
      hot: { point: temperature, high: 50, hysteresis: 2, priority: high }
      damp: { point: humidity, high: 90, hysteresis: 2, priority: medium }
`,
}

interface Alarm {
  readonly device: string
  readonly alarm: string
  readonly id: string
  readonly state: string
  readonly text: string
  readonly by?: string
}

interface Entry {
  readonly k: string
  readonly t: number
  readonly alarm?: string
  readonly id?: string
  readonly event?: string
}

describeWith(['gcc'], 'an agent that is started on a read-only disk', () => {
  test('polls, alarms and answers; once the disk works all is there once, and alarms go on where they stood', async () => {
    using place = createFolder(files)
    const folder = place.path
    const [storage, control] = [join(folder, 'buffer'), join(folder, 'control')]
    const library = join(folder, 'fault.so')
    const source = join(import.meta.dirname, '../../agent/src/buffer/disk-fault.testdata.c')
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
    mkdirSync(join(folder, 'run'), { mode: 0o700 })
    const env = { XDG_RUNTIME_DIR: join(folder, 'run') }
    const faulty = { ...env, LD_PRELOAD: library, LINESIDE_DISK_FAULT: control, LINESIDE_DISK_FAULT_PATH: storage }
    const lineside = async (args: readonly string[], variables = env) => {
      await using program = startProgram('lineside', args, folder, variables)
      const status = await program.ended
      return { status, printed: program.printed(), text: program.output() }
    }
    const alarms = async (): Promise<readonly Alarm[]> => {
      const { printed } = await lineside(['alarms', '--json'])
      return printed.startsWith('[') ? JSON.parse(printed) : []
    }
    const alarm = (name: string) =>
      until(`the alarm ${name}`, async () => (await alarms()).find(one => one.alarm === name))

    let before: Alarm
    {
      await using simulator = startProgram('lineside-sim', ['dry.yaml', '--no-ledger'], folder)
      await using agent = startProgram('lineside', ['run'], folder, env)
      before = await alarm('hot')
      expect((await lineside(['alarms', 'ack', 'press', 'hot', '--by', 'anna'])).status).toBe(0)
      await agent.stop()
      await simulator.stop()
    }

    writeFileSync(control, String(constants.errno.EROFS))
    await using simulator = startProgram('lineside-sim', ['damp.yaml', '--no-ledger'], folder)
    await using agent = startProgram('lineside', ['run'], folder, faulty)
    const failing = await alarm('buffer_failing')
    expect(failing).toMatchObject({ device: 'started', state: 'unacknowledged' })
    expect(failing.text).toMatch(/can't be opened: buffer folder .*read-only file system/)
    await alarm('damp')
    expect(await alarm('hot')).toMatchObject({ state: 'unacknowledged' })
    expect(existsSync(join(storage, 'control.sock'))).toBe(false)

    const health = await fetch(`http://127.0.0.1:${pagePort}/healthz`)
    expect(await health.text()).toMatch(/can't be opened: .*storage\.path/)
    expect(await (await fetch(`http://127.0.0.1:${pagePort}/metrics`)).text()).toMatch(/^lineside_buffer_failing 1$/m)
    const { text } = await lineside(['status'])
    expect(text).toMatch(/press .*online/)
    expect(text).toMatch(/buffer: it can't be opened/)
    expect(text).toMatch(/uplink: off: nothing can be sent before the buffer is open/)
    const second = await lineside(['run'], faulty)
    expect(second).toMatchObject({ status: 1, text: expect.stringContaining('an agent runs on the storage folder') })

    writeFileSync(control, '0')
    const status = await until('the open buffer', async () => {
      const found = await agentStatus(storage)
      return found && found.buffer.failing === undefined && found.buffer.waitingBatches > 0 ? found : undefined
    })
    expect(status.uplink.state).not.toBe('off')
    expect(await alarm('hot')).toMatchObject({ id: before.id, state: 'acknowledged', by: 'anna' })
    expect((await alarm('buffer_failing')).state).toBe('rtn_unacknowledged')
    await deviceValues(storage, 'press', ['temperature', 'humidity'])
    expect(await agent.stop(), agent.output()).toBe(0)

    const { printed } = await lineside(['buffer', 'export', '--format', 'ndjson'])
    const entries = printed
      .trimEnd()
      .split('\n')
      .map((line): Entry => JSON.parse(line))
    const told = entries.filter(({ k }) => k === 'alarm').map(({ alarm: name, event }) => `${name} ${event}`)
    expect(told.toSorted()).toEqual([
      'buffer_failing raised',
      'buffer_failing returned',
      'damp raised',
      'hot acknowledged',
      'hot raised',
    ])
    expect(entries.some(({ k }) => k === 'gap')).toBe(false)
    const times = entries.filter(({ k }) => k === 'sample').map(({ t }) => t)
    expect(new Set(times).size).toBe(times.length)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect((await lineside(['buffer', 'verify'])).status).toBe(0)
    expect(await simulator.stop()).toBe(0)
  }, 120_000)
})
