import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { MqttPlant } from './plant.ts'

/** Telegraf as the peer: the binary that LINESIDE_TELEGRAF names, else one on the path. */
const binary = process.env['LINESIDE_TELEGRAF'] ?? 'telegraf'

export interface Peer {
  readonly pid: number
  /** Messages that it has written. */
  taken(): number
  stop(): Promise<void>
}

/** Telegraf's mqtt_consumer, at QoS 1 with a kept session, writing to a file; undefined where there is no Telegraf. */
export async function startTelegraf(plant: MqttPlant): Promise<Peer | undefined> {
  if (spawnSync(binary, ['version']).status !== 0) return undefined
  const out = join(plant.folder, 'telegraf.out')
  writeFileSync(join(plant.folder, 'telegraf.conf'), settings(plant.brokerPort, out))
  const child = plant.start(binary, ['--config', 'telegraf.conf', '--quiet'])
  await wait(3000)
  return {
    pid: child.pid ?? 0,
    taken() {
      if (!existsSync(out)) return 0
      let lines = 0
      for (const byte of readFileSync(out)) if (byte === 0x0a) lines++
      return lines
    },
    stop: () => plant.stop(child),
  }
}

function settings(port: number, out: string): string {
  return `[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 1000
  metric_buffer_limit = 1000000
  omit_hostname = true
[[outputs.file]]
  files = ["${out}"]
  data_format = "influx"
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:${port}"]
  topics = ["plant/#"]
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  max_undelivered_messages = 10000
  data_format = "json"
`
}
