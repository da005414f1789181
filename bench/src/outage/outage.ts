import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePorts } from '../../../demo/src/free-ports.ts'
import { rounded } from '../figures.ts'
import { agentEnv, agentFlags } from '../line.ts'
import { readProcessCost } from '../process-cost.ts'
import type { Drained } from './agent-side.ts'
import { devices, gateway, points } from './plant.ts'

export interface OutageFigures {
  readonly hours: number
  readonly backlogReadings: number
  readonly backlogMb: number
  /** From the reconnect until the receiver has acknowledged what was read last before it. */
  readonly newestSeconds: number
  readonly drainSeconds: number
  /** Seconds of readings drained in a second, beside the ones that come. */
  readonly timesRealTime: number
  /** Ticks of the poll loop, each 100 ms, that came more than one late. */
  readonly polls: number
  readonly missedPolls: number
  /** The same in the 15 s before the reconnect, for what the machine makes of it. */
  readonly missedPollsOffline: number
  readonly rssOfflineMb: number
  readonly rssPeakMb: number
  readonly rssGrowthMb: number
}

const root = join(import.meta.dirname, '../../..')
const offlineMs = 15_000

/** A day offline at 1,000 readings a second, then the receiver is back; readings go on coming all the while. */
export async function benchOutage(hours: number, say: (text: string) => void): Promise<OutageFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-outage-'))
  const path = join(folder, 'buffer')
  const programs: ChildProcess[] = []
  try {
    say(`prepares a buffer of ${hours} hours`)
    const args = ['--conditions=source', join(import.meta.dirname, 'prepare.ts'), path, String(hours)]
    const prepared = execFileSync(process.execPath, [...args, String(Date.now())], { encoding: 'utf8' })
    const { readings, bytes, stream }: { readings: number; bytes: number; stream: string } = JSON.parse(prepared)
    say(`${readings} readings wait, ${rounded(bytes / 1e6)} MB`)
    const agent = startAgentSide(path, await startReceiver(folder, programs), stream, programs)
    const rssMb = () => readProcessCost(agent.pid ?? 0).rssBytes / 1e6
    await wait(offlineMs)
    const rssOffline = rssMb()
    let rssPeak = rssOffline
    const sampling = setInterval(() => (rssPeak = Math.max(rssPeak, rssMb())), 50)
    const drained = Promise.race([once(agent, 'message'), endOf(agent)])
    agent.send('connect')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what agent-side.ts sends
    const [found] = (await drained) as [Drained]
    clearInterval(sampling)
    return {
      hours,
      backlogReadings: readings,
      backlogMb: rounded(bytes / 1e6),
      newestSeconds: rounded(found.newestMs / 1000),
      drainSeconds: rounded(found.drainMs / 1000),
      timesRealTime: Math.round(readings / (devices * points) / (found.drainMs / 1000)),
      polls: found.polls,
      missedPolls: found.missedPolls - found.missedPollsOffline,
      missedPollsOffline: found.missedPollsOffline,
      rssOfflineMb: Math.round(rssOffline),
      rssPeakMb: Math.round(rssPeak),
      rssGrowthMb: Math.round(rssPeak - rssOffline),
    }
  } finally {
    for (const program of programs) {
      if (program.exitCode !== null || program.signalCode !== null) continue
      program.kill('SIGKILL')
      await once(program, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A process of its own, started as the agent is: what is measured is the agent's memory, not the benchmark's. */
function startAgentSide(path: string, { port, token }: Receiver, backlog: string, programs: ChildProcess[]) {
  const child = fork(join(import.meta.dirname, 'agent-side.ts'), [path, String(port), token, backlog], {
    execArgv: [...agentFlags, '--conditions=source'],
    env: { ...process.env, ...agentEnv },
  })
  programs.push(child)
  return child
}

async function endOf(child: ChildProcess): Promise<never> {
  const [status] = await once(child, 'exit')
  throw new Error(`agent-side.ts ended with ${status} before the backlog was sent`)
}

interface Receiver {
  readonly port: number
  readonly token: string
}

async function startReceiver(folder: string, programs: ChildProcess[]): Promise<Receiver> {
  const [port = 0] = await freePorts(1)
  writeFileSync(join(folder, 'receiver.yaml'), `listen: "127.0.0.1:${port}"\ndata: ./data\narchive: off\n`)
  const main = ['--conditions=source', join(root, 'cloud-receiver/src/main.ts')]
  const add = [...main, 'gateway', 'add', gateway, '--config', 'receiver.yaml']
  const token = execFileSync(process.execPath, add, { cwd: folder, encoding: 'utf8' }).trim()
  programs.push(spawn(process.execPath, [...main, 'run', 'receiver.yaml'], { cwd: folder, stdio: 'ignore' }))
  await wait(3000)
  return { port, token }
}
