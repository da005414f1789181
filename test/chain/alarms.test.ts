import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { createFolder, startProgram, until } from '../program.ts'

const [modbusPort = 0, brokerPort = 0, pagePort = 0] = await freePorts(3)

const files = {
  'plant.yaml': `
links: { hall: { modbus_tcp: "127.0.0.1:${modbusPort}" } }
devices: { press: { profile: xy/md02, link: hall, unit_id: 4, points: { temperature: 20, humidity: 50 } } }
scenarios: [ { at: 0s, device: press, point: temperature, set: 55 } ]
`,
  'lineside.yaml': `
gateway: alarms
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links:
  hall: { modbus_tcp: "127.0.0.1:${modbusPort}" }
  panels:
    broker: "127.0.0.1:${brokerPort}"
    users: { panel: { password: { file: panel.secret }, subscribe: [ "lineside/#" ] } }
devices:
  press:
    profile: xy/md02
    link: hall
    unit_id: 4
    every: 100ms
    alarms: { hot: { point: temperature, high: 50, hysteresis: 2, priority: high, action: Open the door } }
notify: { panel: { mqtt: panels, topic: "lineside/{gateway}/alarms" } }
`,
  'panel.secret': 'battery-staple\n',
}

/** Runs `lineside` with arguments; gives its exit status and what it printed. */
async function lineside(folder: string, ...args: string[]): Promise<{ status: number | null; text: string }> {
  await using program = startProgram('lineside', args, folder)
  const status = await program.ended
  return { status, text: program.output() }
}

/** Waits for the message that a panel which connects now is given. */
async function retainedAlarm(): Promise<Record<string, unknown>> {
  const url = `mqtt://127.0.0.1:${brokerPort}`
  const client = await connectAsync(url, { username: 'panel', password: 'battery-staple', reconnectPeriod: 0 })
  try {
    const message = new Promise<Buffer>(resolve => client.once('message', (_topic, payload) => resolve(payload)))
    await client.subscribeAsync('lineside/#')
    return JSON.parse((await message).toString())
  } finally {
    await client.endAsync(true)
  }
}

async function activeAlarm(folder: string, state: string): Promise<{ id: string }> {
  return until(`an alarm that is ${state}`, async () => {
    const { text } = await lineside(folder, 'alarms', '--json')
    const alarms = text.startsWith('[') ? JSON.parse(text) : []
    return alarms.find((alarm: { state: string }) => alarm.state === state)
  })
}

test('an alarm is listed, told to panels, acknowledged by name, and is still so after a kill', async () => {
  using folder = createFolder(files)
  await using simulator = startProgram('lineside-sim', ['plant.yaml', '--no-ledger'], folder.path)
  let raised: { id: string }
  {
    await using agent = startProgram('lineside', ['run'], folder.path)
    raised = await activeAlarm(folder.path, 'unacknowledged')
    expect((await lineside(folder.path, 'alarms')).text).toMatch(/high +unacknowledged +press +hot .*Open the door/)
    expect(await retainedAlarm()).toMatchObject({
      device: 'press',
      alarm: 'hot',
      id: raised.id,
      state: 'unacknowledged',
    })

    const wrong = await lineside(folder.path, 'alarms', 'ack', 'press', 'hott')
    expect(wrong).toMatchObject({ status: 1, text: expect.stringContaining('hot') })
    expect((await lineside(folder.path, 'alarms', 'ack', 'press', 'hot', '--by', 'anna')).status).toBe(0)
    expect((await activeAlarm(folder.path, 'acknowledged')).id).toBe(raised.id)
    expect(agent.output()).toMatch(/RAISED .*press hot[\s\S]*ACKNOWLEDGED .*by anna/)
    await agent.stop('SIGKILL')
  }
  await using again = startProgram('lineside', ['run'], folder.path)
  expect((await activeAlarm(folder.path, 'acknowledged')).id).toBe(raised.id)
  expect(await retainedAlarm()).toMatchObject({ id: raised.id, state: 'acknowledged' })
  expect(await again.stop(), again.output()).toBe(0)
  expect(again.output()).not.toContain('RAISED')
  expect(await simulator.stop()).toBe(0)
})

test('without a running agent the command line says how to start one', async () => {
  using folder = createFolder(files)
  const { status, text } = await lineside(folder.path, 'alarms')
  expect(status).toBe(1)
  expect(text).toContain(`no agent runs on this storage folder (${join(folder.path, 'buffer', 'control.sock')})`)
})
