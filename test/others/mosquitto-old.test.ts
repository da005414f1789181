import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith } from '../needs.ts'
import { createFolder, linkOnline, startProgram, until } from '../program.ts'
import { startMosquitto } from './mosquitto-server.ts'

interface Journaled {
  readonly k: string
  readonly t: number
  readonly event?: string
  readonly value?: number
  readonly values?: { readonly temperature?: number }
}

/** What was committed, in its order within each kind. */
function committed(journal: string): Journaled[] {
  if (!existsSync(journal)) return []
  const batches = readFileSync(journal, 'utf8').split('\n').slice(0, -1)
  return batches.flatMap(batch => (JSON.parse(batch) as { lines: string[] }).lines).map(line => JSON.parse(line))
}

describeWith(['mosquitto'], 'messages that were made long ago, by Mosquitto', () => {
  test('are stored as of then, and neither raise an alarm nor end one', async () => {
    const [brokerPort = 0, pagePort = 0] = await freePorts(2)
    using folder = createFolder({
      'lineside.yaml': `
gateway: others
storage: { path: ./buffer, max_size: 100MB, commit_every: 200ms }
page: { listen: "127.0.0.1:${pagePort}" }
links: { plant: { mqtt: "mqtt://127.0.0.1:${brokerPort}" } }
devices:
  hall: { profile: zigbee2mqtt/climate, link: plant, topic: zigbee2mqtt/hall, alarms: { hot: { point: temperature, high: 40 } } }
`,
    })
    const journal = join(folder.path, 'journal')
    const listener = [`listener ${brokerPort} 127.0.0.1`, 'allow_anonymous true']
    await using servers = new AsyncDisposableStack()
    servers.use(await startMosquitto(folder.path, brokerPort, listener))
    const bridge = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`)
    const say = (temperature: number, lastSeen?: string, retain = false) => {
      const payload = JSON.stringify({ temperature, ...(lastSeen !== undefined && { last_seen: lastSeen }) })
      return bridge.publishAsync('zigbee2mqtt/hall', payload, { qos: 1, retain })
    }
    const then = '2024-01-01T00:00:00.000Z'
    await say(55, then, true)
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path, {
      LINESIDE_COMMIT_JOURNAL: journal,
    })
    await linkOnline(join(folder.path, 'buffer'), 'plant')
    await say(60, then)
    await say(50, new Date().toISOString())
    await say(20, then)
    await say(21)
    const entries = await until('the end of the alarm and its reading', async () => {
      const all = committed(journal)
      const isWhole = all.some(({ event }) => event === 'returned') && all.some(one => one.values?.temperature === 21)
      return isWhole ? all : undefined
    })
    expect(entries.flatMap(({ event, value }) => (event === undefined ? [] : [[event, value]]))).toEqual([
      ['raised', 50],
      ['returned', 21],
    ])
    const old = entries.filter(({ k, t }) => k === 'sample' && t === Date.parse(then))
    expect(old.map(({ values }) => values?.temperature)).toEqual([55, 60, 20])
    await bridge.endAsync()
    expect(await agent.stop(), agent.output()).toBe(0)
  })
})
