import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@lineside/contract'
import { encodeMbap, encodeRequest } from '@lineside/device-profiles'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { readLedger } from '../ledger/read-ledger.ts'
import { nodePlantIo } from '../plant/node-io.ts'
import { play } from './play.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-sim-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(text: string): string {
  const file = join(folder, 'plant.yaml')
  writeFileSync(file, text)
  return file
}

const meter = `ledger: ledger.ndjson
links: { line: { modbus_tcp: "127.0.0.1:0" } }
devices: { meter: { profile: eastron/sdm630, link: line } }
`
const readySchema = z.object({ event: z.literal('ready'), links: z.array(z.object({ address: z.string() })) })

async function askOnce(address: string): Promise<void> {
  const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1')
  socket.write(encodeMbap(1, 1, encodeRequest({ functionCode: 4, address: 0, count: 4 })))
  await once(socket, 'data')
  socket.destroy()
}

function begin() {
  const ending = new AbortController()
  const printed: string[] = []
  const complaints: string[] = []
  const surroundings = {
    clock: systemClock,
    io: nodePlantIo({}),
    signal: ending.signal,
    print: (text: string) => void printed.push(text),
    complain: (text: string) => void complaints.push(text),
  }
  const address = async () => {
    await expect.poll(() => printed.length).toBe(1)
    return readySchema.parse(JSON.parse(printed[0] ?? '')).links[0]?.address ?? ''
  }
  return { ending, printed, complaints, surroundings, address }
}

test('says when it is ready, ends at the signal, and leaves a whole ledger', async () => {
  const { ending, printed, surroundings, address } = begin()
  const playing = play({ file: write(meter), json: true }, surroundings)
  await askOnce(await address())
  ending.abort()
  await playing
  expect(JSON.parse(printed[1] ?? '')).toEqual({ event: 'ended', replies: 1, readings: 2 })
  expect(readLedger(join(folder, 'ledger.ndjson')).map(({ device, n }) => ({ device, n }))).toEqual([
    { device: 'meter', n: 1 },
  ])
})

test('says in one sentence that a port is taken, and ends what was started', async () => {
  const { ending, surroundings, address } = begin()
  const first = play({ file: write(meter), json: true, ledger: '' }, surroundings)
  const taken = await address()
  const file = write(`links: { free: { modbus_tcp: "127.0.0.1:0" }, line: { modbus_tcp: "${taken}" } }
devices: { meter: { profile: eastron/sdm630, link: line } }
`)
  await expect(play({ file, json: false }, surroundings)).rejects.toThrow(
    `link line: ${taken} can't be listened on (EADDRINUSE)`,
  )
  ending.abort()
  await first
})

test('tells what is wrong with the plant', async () => {
  const { complaints, surroundings } = begin()
  const file = write('links: {}\ndevices: { meter: { profile: eastron/sdm630, link: line } }\n')
  await expect(play({ file, json: false }, surroundings)).rejects.toThrow(`${file} can't be played`)
  expect(complaints).toEqual([`${file}:2:52 devices.meter.link: no link line; there is none\n`])
})

test('as a process: ready, SIGTERM, status 0, nothing on standard error', async () => {
  const bin = fileURLToPath(new URL('../../bin/lineside-sim.js', import.meta.url))
  const child = spawn(process.execPath, [bin, write(meter), '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const problems: string[] = []
  child.stderr.on('data', chunk => problems.push(String(chunk)))
  const [line] = await once(createInterface(child.stdout), 'line')
  await askOnce(readySchema.parse(JSON.parse(String(line))).links[0]?.address ?? '')
  child.kill('SIGTERM')
  const [status] = await once(child, 'exit')
  expect(problems.join('')).toBe('')
  expect(status).toBe(0)
  expect(readLedger(join(folder, 'ledger.ndjson'))).toHaveLength(1)
})
