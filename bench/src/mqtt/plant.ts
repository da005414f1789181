import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../../demo/src/free-ports.ts'
import { until } from '../../../test/program.ts'

/** A broker, a receiver, and a folder with what the agent needs. */
export interface MqttPlant extends AsyncDisposable {
  readonly folder: string
  readonly brokerPort: number
  readonly pagePort: number
  start(command: string, args: readonly string[]): ChildProcess
  /** One of ours from its sources. */
  startOurs(main: string, ...args: string[]): ChildProcess
  stop(program: ChildProcess): Promise<void>
}

const root = join(import.meta.dirname, '../../..')

export async function startPlant(devices: number): Promise<MqttPlant> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-bench-'))
  const [brokerPort = 0, receiverPort = 0, pagePort = 0] = await freePorts(3)
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  mkdirSync(join(folder, 'profiles'))
  write('profiles/sensor.yaml', profile)
  write('receiver.yaml', `listen: "127.0.0.1:${receiverPort}"\ndata: ./data\narchive: off\n`)
  write('mosquitto.conf', brokerSettings(brokerPort))
  const programs = new Set<ChildProcess>()
  const start = (command: string, args: readonly string[]) => {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    programs.add(child)
    return child
  }
  const startOurs = (main: string, ...args: string[]) =>
    start(process.execPath, ['--conditions=source', join(root, main), ...args])
  const stop = async (program: ChildProcess) => {
    programs.delete(program)
    if (program.exitCode !== null || program.signalCode !== null) return
    program.kill('SIGKILL')
    await once(program, 'exit')
  }
  const added = startOurs('cloud-receiver/src/main.ts', 'gateway', 'add', 'bench', '--config', 'receiver.yaml')
  let token = ''
  added.stdout?.on('data', (chunk: Buffer) => void (token += chunk))
  await once(added, 'exit')
  write('token', token)
  write('lineside.yaml', config(devices, brokerPort, receiverPort, pagePort))
  start('mosquitto', ['-c', 'mosquitto.conf'])
  startOurs('cloud-receiver/src/main.ts', 'run', 'receiver.yaml')
  for (const port of [brokerPort, receiverPort]) await until(`port ${port}`, () => listens(port))
  return {
    folder,
    brokerPort,
    pagePort,
    start,
    startOurs,
    stop,
    async [Symbol.asyncDispose]() {
      for (const program of [...programs].toReversed()) await stop(program)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function listens(port: number): Promise<true | undefined> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => resolve(true)).on('connect', () => socket.destroy())
    socket.on('error', () => resolve(undefined))
  })
}

const profile = `profile: bench/sensor
vendor: Bench
model: Sensor
protocol: mqtt
topic: { description: base topic, example: plant/device0 }
sources: [ { title: made for the benchmark, confidence: high } ]
messages:
  state: { topic: "{topic}/state" }
points:
  temperature: { from: { message: state, path: temperature }, type: number, unit: Cel, range: [-50, 150] }
  count: { from: { message: state, path: count }, type: integer }
`

/** Delayed acknowledgements and a window of 20 would be what is measured; both clients get the same. */
function brokerSettings(port: number): string {
  return `listener ${port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 1000
max_queued_messages 0
log_dest none
`
}

function config(devices: number, brokerPort: number, receiverPort: number, pagePort: number): string {
  const rules =
    'alarms: { high: { point: temperature, high: 120 } }, detect: { odd: { point: temperature, zscore: { window: 10m, limit: 8 } } }'
  return `gateway: bench
profiles: ./profiles
cloud: { url: "http://127.0.0.1:${receiverPort}", token: { file: token } }
storage: { path: ./buffer, max_size: 2GB }
page: { listen: "127.0.0.1:${pagePort}" }
links: { plant: { mqtt: "mqtt://127.0.0.1:${brokerPort}" } }
devices:
${Array.from({ length: devices }, (_, i) => `  d${i}: { profile: bench/sensor, link: plant, topic: plant/device${i}, ${rules} }`).join('\n')}
`
}
