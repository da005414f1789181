/**
 * Measures requests a second on one connection with pipelining: against the server in a process of its own, because
 * client and server share what one core can do otherwise. Run: node --conditions=source simulator/bin/measure-modbus.ts
 * [--seconds N] [--depth N]. The last line is one JSON object.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { encodeMbap, encodeRequest } from '@lineside/device-profiles'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, depth: { type: 'string', default: '32' } },
})
const seconds = Number(values.seconds)
const depth = Number(values.depth)

/** Name → registers asked for: two points, and all that one request of this device may hold. */
const cases = [
  { name: 'two_points', address: 0, count: 4 },
  { name: 'forty_points', address: 0, count: 80 },
] as const

const folder = mkdtempSync(join(tmpdir(), 'lineside-sim-'))
const plant = join(folder, 'plant.yaml')
writeFileSync(
  plant,
  'links: { line: { modbus_tcp: "127.0.0.1:0" } }\ndevices: { meter: { profile: eastron/sdm630, link: line } }\n',
)
const result: Record<string, number> = {}
for (const { name, address, count } of cases) {
  for (const ledger of [true, false]) {
    const options = ledger ? ['--ledger', join(folder, 'ledger.ndjson')] : ['--no-ledger']
    // oxlint-disable-next-line no-await-in-loop -- one measurement at a time
    result[`${name}_${ledger ? 'ledger' : 'no_ledger'}`] = await measure(options, address, count)
  }
}
rmSync(folder, { recursive: true })
process.stdout.write(`${JSON.stringify({ requestsPerSecond: result, seconds, depth })}\n`)

async function measure(options: readonly string[], address: number, count: number): Promise<number> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const simulator = spawn(process.execPath, ['--conditions=source', main, plant, '--json', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await readyPort(simulator)
  const answered = await ask(port, address, count)
  simulator.kill('SIGTERM')
  await once(simulator, 'exit')
  return Math.round(answered / seconds)
}

async function readyPort(simulator: ChildProcess): Promise<number> {
  if (!simulator.stdout) throw new TypeError('no standard output')
  const [line] = await once(createInterface(simulator.stdout), 'line')
  return Number(/"address":"[^"]*:(\d+)"/.exec(String(line))?.[1])
}

/** Keeps `depth` requests under way and counts the answers; the first half second is not counted. */
async function ask(port: number, address: number, count: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const request = encodeMbap(1, 1, encodeRequest({ functionCode: 4, address, count }))
  const answerBytes = 9 + count * 2
  let bytes = 0
  let answered = 0
  let counting = false
  socket.on('data', chunk => {
    if (bytes === 0 && chunk[7] !== 4) throw new TypeError(`function ${chunk[7]} in the answer`)
    bytes += chunk.length
    const whole = Math.floor(bytes / answerBytes)
    bytes -= whole * answerBytes
    if (counting) answered += whole
    socket.write(Buffer.concat(Array.from({ length: whole }, () => request)))
  })
  socket.write(Buffer.concat(Array.from({ length: depth }, () => request)))
  await new Promise(resolve => setTimeout(resolve, 500))
  counting = true
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  counting = false
  socket.destroy()
  return answered
}
