import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { rounded } from './figures.ts'
import { readProcessCost } from './process-cost.ts'

export interface TelegrafOptions {
  readonly devices: number
  readonly points: number
  readonly intervalMs: number
  readonly ports: readonly number[]
  readonly seconds: number
}

/** Telegraf as the peer: the binary that LINESIDE_TELEGRAF names, else one on the path. */
const binary = process.env['LINESIDE_TELEGRAF'] ?? 'telegraf'

/** CPU of Telegraf in µs a reading over the same devices; undefined where there is no Telegraf. No detectors, no upload. */
export async function runTelegraf(options: TelegrafOptions): Promise<number | undefined> {
  if (spawnSync(binary, ['version']).status !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'lineside-telegraf-'))
  const file = join(folder, 'telegraf.conf')
  writeFileSync(file, settings(options, join(folder, 'out')))
  const child = spawn(binary, ['--config', file, '--quiet'], { stdio: 'ignore' })
  try {
    await wait(3000)
    const before = readProcessCost(child.pid ?? 0)
    await wait(options.seconds * 1000)
    const after = readProcessCost(child.pid ?? 0)
    const readings = (options.devices * options.points * options.seconds * 1000) / options.intervalMs
    return rounded((after.cpuUs - before.cpuUs) / readings)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

function settings({ points, intervalMs, ports }: TelegrafOptions, out: string): string {
  const fields = Array.from({ length: points }, (_, i) => `    { address=${2 * i}, name="p${i}", type="FLOAT32" },`)
  const inputs = ports.map(
    (port, i) => `[[inputs.modbus]]
  name = "d${i}"
  controller = "tcp://127.0.0.1:${port}"
  configuration_type = "request"
  [[inputs.modbus.request]]
    slave_id = 1
    byte_order = "ABCD"
    register = "input"
    fields = [
${fields.join('\n')}
    ]
`,
  )
  return `[agent]
  interval = "${intervalMs}ms"
  flush_interval = "1s"
  metric_batch_size = 1000
  metric_buffer_limit = 1000000
[[outputs.file]]
  files = ["${out}"]
  data_format = "influx"
${inputs.join('\n')}`
}
