import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../../../test/program.ts'
import { median, rounded } from '../figures.ts'
import { readMetrics } from '../metrics-page.ts'
import { readProcessCost } from '../process-cost.ts'
import { type MqttPlant, startPlant } from './plant.ts'
import { startTelegraf } from './telegraf.ts'

/** Medians over the runs. */
export interface MqttFigures {
  readonly messagesPerSecond: number
  readonly cpuUsPerMessage: number
  readonly rssMb: number
  readonly bytesPerMessageOnDisk: number
  /** Published and acknowledged by the broker, over all runs. */
  readonly published: number
  /** Of those, not committed. */
  readonly lost: number
  readonly earlyCommits: number
  /** Present where a Telegraf is there to be measured in the same run. */
  readonly telegrafCpuUsPerMessage?: number
  readonly telegrafRssMb?: number
  /** Ours over Telegraf's. */
  readonly ratio?: number
}

const devices = 100
const rate = 10_000
const runs = 3

interface Taker {
  readonly pid: number
  /** Messages that are safe with it. */
  taken(): Promise<number>
}

interface Run {
  readonly messagesPerSecond: number
  readonly cpuUsPerMessage: number
  readonly rssMb: number
  readonly bytesPerMessageOnDisk: number
  readonly published: number
  readonly lost: number
}

/** 10,000 messages a second of QoS 1 through Mosquitto from 100 sensors, with detectors, buffer and upload. */
export async function benchMqtt(seconds: number, say: (text: string) => void): Promise<MqttFigures> {
  if (spawnSync('mosquitto', ['-h']).error) throw new Error('this needs mosquitto (apt-get install mosquitto)')
  await using plant = await startPlant(devices)
  const agent = plant.startOurs('agent/src/main.ts', 'run', 'lineside.yaml')
  const page = () => readMetrics(plant.pagePort)
  await until('the agent', async () =>
    (await page().catch(() => undefined))?.sum('lineside_link_up') === 1 ? true : undefined,
  )
  const ours: Taker = {
    pid: agent.pid ?? 0,
    // Two readings a message.
    taken: async () => (await page()).sum('lineside_buffer_committed_readings_total') / 2,
  }
  const all = await measureAll(plant, ours, seconds, run => say(JSON.stringify({ lineside: run })))
  const earlyCommits = (await page()).sum('lineside_link_events_total', 'event="early_commits"')
  await plant.stop(agent)
  const peer = await startTelegraf(plant)
  const theirs =
    peer &&
    (await measureAll(plant, { pid: peer.pid, taken: () => Promise.resolve(peer.taken()) }, seconds, run =>
      say(JSON.stringify({ telegraf: run })),
    ))
  await peer?.stop()
  return {
    messagesPerSecond: Math.round(of(all, 'messagesPerSecond')),
    cpuUsPerMessage: of(all, 'cpuUsPerMessage'),
    rssMb: Math.round(of(all, 'rssMb')),
    bytesPerMessageOnDisk: of(all, 'bytesPerMessageOnDisk'),
    published: all.reduce((sum, run) => sum + run.published, 0),
    lost: all.reduce((sum, run) => sum + run.lost, 0),
    earlyCommits,
    ...(theirs === undefined
      ? {}
      : {
          telegrafCpuUsPerMessage: of(theirs, 'cpuUsPerMessage'),
          telegrafRssMb: Math.round(of(theirs, 'rssMb')),
          ratio: rounded(of(all, 'cpuUsPerMessage') / of(theirs, 'cpuUsPerMessage')),
        }),
  }
}

function of(list: readonly Run[], name: keyof Run): number {
  return rounded(median(list.map(run => run[name])))
}

/** One run to warm up, and those that count. */
async function measureAll(plant: MqttPlant, taker: Taker, seconds: number, say: (run: Run) => void): Promise<Run[]> {
  const all: Run[] = []
  for (let run = 0; run <= runs; run++) {
    const figures = await measure(plant, taker, run === 0 ? 3 : seconds)
    if (run === 0) continue
    all.push(figures)
    say(figures)
  }
  return all
}

async function measure(plant: MqttPlant, taker: Taker, seconds: number): Promise<Run> {
  const before = { cost: readProcessCost(taker.pid), taken: await taker.taken() }
  const publisher = plant.startOurs(
    'bench/src/mqtt/publisher.ts',
    ...[plant.brokerPort, devices, rate, seconds].map(String),
  )
  let text = ''
  publisher.stdout?.on('data', (chunk: Buffer) => void (text += chunk))
  await once(publisher, 'close')
  const { acknowledged, seconds: took } = JSON.parse(text) as { acknowledged: number; seconds: number }
  const deadline = performance.now() + 20_000
  let taken = (await taker.taken()) - before.taken
  while (taken < acknowledged && performance.now() < deadline) {
    await wait(100)
    taken = (await taker.taken()) - before.taken
  }
  const cost = readProcessCost(taker.pid)
  return {
    messagesPerSecond: Math.round(acknowledged / took),
    cpuUsPerMessage: rounded((cost.cpuUs - before.cost.cpuUs) / acknowledged),
    rssMb: Math.round(cost.rssBytes / 1e6),
    bytesPerMessageOnDisk: rounded((cost.writtenBytes - before.cost.writtenBytes) / acknowledged),
    published: acknowledged,
    lost: Math.max(0, acknowledged - taken),
  }
}
