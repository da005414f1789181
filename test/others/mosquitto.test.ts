import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { describeWith } from '../needs.ts'
import { freePorts } from '../../demo/src/free-ports.ts'
import { createFolder, deviceValues, linkOnline, startProgram } from '../program.ts'

const run = promisify(execFile)

describeWith(['mosquitto_pub'], 'mosquitto_pub as a sensor at the embedded broker', () => {
  test('is read with the right password, and refused with a wrong one, without one, or on a topic of another', async () => {
    const [brokerPort = 0, pagePort] = await freePorts(2)
    using folder = createFolder({
      'lineside.yaml': `
gateway: others
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links:
  sensors:
    broker: "127.0.0.1:${brokerPort}"
    users: { bridge: { password: { file: bridge.secret }, publish: [ "zigbee2mqtt/#" ] } }
devices:
  cold_store: { profile: zigbee2mqtt/climate, link: sensors, topic: zigbee2mqtt/cold_store }
`,
      'bridge.secret': 'correct-horse\n',
    })
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
    const buffer = join(folder.path, 'buffer')
    await linkOnline(buffer, 'sensors')

    const publish = (topic: string, temperature: number, ...credentials: string[]) =>
      run('mosquitto_pub', [
        '-h',
        '127.0.0.1',
        '-p',
        String(brokerPort),
        '-q',
        '1',
        '-t',
        topic,
        ...credentials,
        '-m',
        JSON.stringify({ temperature, humidity: 55.5 }),
      ])
    const login = ['-u', 'bridge', '-P', 'correct-horse']
    const refused = expect.objectContaining({ stderr: expect.stringContaining('not authorised') })
    await expect(publish('zigbee2mqtt/cold_store', 99, '-u', 'bridge', '-P', 'wrong')).rejects.toEqual(refused)
    await expect(publish('zigbee2mqtt/cold_store', 99)).rejects.toEqual(refused)
    await publish('somewhere/else', 99, ...login).catch(() => {})
    await publish('zigbee2mqtt/cold_store', 4.5, ...login)
    const values = await deviceValues(buffer, 'cold_store', ['temperature', 'humidity'])
    expect(values).toMatchObject({ temperature: 4.5, humidity: 55.5 })
    expect(await agent.stop(), agent.output()).toBe(0)
  })
})
