import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePorts } from '../../demo/src/free-ports.ts'
import { readMetrics } from './metrics-page.ts'

export interface LineOptions {
  readonly devices: number
  readonly points: number
  readonly intervalMs: number
  /** Loaded into the agent before anything else, as by `LD_PRELOAD`. */
  readonly preload?: string
}

/** What the agent counts, from its /metrics. */
export interface Counts {
  readonly readings: number
  readonly polls: number
  readonly missed: number
  readonly wireBytes: number
  /** Polls that began at most 20 ms after they were due, of all that `began`. */
  readonly punctual: number
  readonly began: number
}

/** Simulator, agent and receiver at work, as processes. */
export interface Line extends AsyncDisposable {
  readonly agentPid: number
  readonly modbusPorts: readonly number[]
  counts(): Promise<Counts>
}

const root = join(import.meta.dirname, '../..')

/** As the launcher starts it; see docs/decisions/small-young-generation.md. */
export const agentFlags = ['--max-semi-space-size=2', '--v8-pool-size=1', '--heap-growing-percent=15']
export const agentEnv = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' }

/** Starts the three programs, as they are shipped, over `devices` Modbus TCP servers with `points` float32 values each, all of them moving. */
export async function startLine(options: LineOptions): Promise<Line> {
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-b', 'tsconfig.build.json'], { cwd: root })
  const folder = mkdtempSync(join(tmpdir(), 'lineside-bench-'))
  const ports = await freePorts(options.devices + 2)
  const modbusPorts = ports.slice(2)
  const [receiverPort = 0, pagePort = 0] = ports
  mkdirSync(join(folder, 'profiles'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  write('profiles/meter.yaml', profile(options.points))
  write('plant.yaml', plant(modbusPorts, options.points))
  write('receiver.yaml', `listen: "127.0.0.1:${receiverPort}"\ndata: ./data\narchive: off\n`)
  const programs: ChildProcess[] = []
  const start = (main: string, ...args: string[]) => {
    const isAgent = main.startsWith('agent/')
    const flags = isAgent ? agentFlags : []
    const preload = options.preload === undefined ? {} : { LD_PRELOAD: options.preload }
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const child = spawn(process.execPath, [...flags, join(root, main), ...args], {
      cwd: folder,
      env: { ...process.env, ...(isAgent ? { ...agentEnv, ...preload } : {}) },
      stdio: [...stdio],
    })
    programs.push(child)
    return child
  }
  const added = start('cloud-receiver/dist/main.js', 'gateway', 'add', 'bench', '--config', 'receiver.yaml')
  let token = ''
  added.stdout?.on('data', (chunk: Buffer) => void (token += chunk))
  await once(added, 'exit')
  write('token', token)
  write('lineside.yaml', config(modbusPorts, options, receiverPort, pagePort))
  start('simulator/dist/main.js', 'plant.yaml', '--no-ledger')
  start('cloud-receiver/dist/main.js', 'run', 'receiver.yaml')
  await wait(1500)
  const agent = start('agent/dist/main.js', 'run', 'lineside.yaml')
  await wait(1500)
  return {
    agentPid: agent.pid ?? 0,
    modbusPorts,
    counts: () => readCounts(pagePort),
    async [Symbol.asyncDispose]() {
      // The agent first: nobody needs to hear it complain about the others.
      for (const program of programs.toReversed()) {
        if (program.exitCode !== null) continue
        program.kill('SIGKILL')
        await once(program, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function readCounts(port: number): Promise<Counts> {
  const page = await readMetrics(port)
  const sum = (name: string) => page.sum(name)
  return {
    readings: sum('lineside_buffer_committed_readings_total'),
    polls: sum('lineside_device_polls_total'),
    missed: sum('lineside_device_polls_missed_total') + sum('lineside_device_overruns_total'),
    wireBytes: sum('lineside_uplink_wire_bytes_total'),
    punctual: page.sum('lineside_poll_late_seconds_bucket', 'le="0.02"'),
    began: page.sum('lineside_poll_late_seconds_bucket', 'le="+Inf"'),
  }
}

function profile(points: number): string {
  const lines = Array.from(
    { length: points },
    (_, i) => `  p${i}: { input: ${2 * i}, type: float32, unit: V, range: [-1000000, 1000000] }`,
  )
  return `profile: bench/meter
vendor: Bench
model: Meter
protocol: modbus
sources: [ { title: made for the benchmark, confidence: high } ]
points:
${lines.join('\n')}
`
}

function plant(ports: readonly number[], points: number): string {
  const waves = Array.from({ length: points }, (_, i) => `p${i}: { noise: { of: ${200 + i}, spread: 2 } }`)
  return `links:
${ports.map((port, i) => `  l${i}: { modbus_tcp: "127.0.0.1:${port}" }`).join('\n')}
profiles: ./profiles
devices:
${ports.map((_, i) => `  d${i}: { profile: bench/meter, link: l${i}, unit_id: 1, points: { ${waves.join(', ')} } }`).join('\n')}
`
}

function config(ports: readonly number[], options: LineOptions, receiverPort: number, pagePort: number): string {
  const rules =
    'alarms: { high: { point: p0, high: 5000 } }, detect: { odd: { point: p1, zscore: { window: 10m, limit: 8 } } }'
  return `gateway: bench
profiles: ./profiles
cloud: { url: "http://127.0.0.1:${receiverPort}", token: { file: token } }
storage: { path: ./buffer, max_size: 2GB }
page: { listen: "127.0.0.1:${pagePort}" }
links:
${ports.map((port, i) => `  l${i}: { modbus_tcp: "127.0.0.1:${port}" }`).join('\n')}
devices:
${ports.map((_, i) => `  d${i}: { profile: bench/meter, link: l${i}, unit_id: 1, every: ${options.intervalMs}ms, ${rules} }`).join('\n')}
`
}
