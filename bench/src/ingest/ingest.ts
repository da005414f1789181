import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { type ReceiverProcess, startReceiverProcess } from '../receiver-process.ts'
import { median, rounded } from '../figures.ts'
import { readProcessCost } from '../process-cost.ts'
import { post } from './post.ts'
import { type Request, createTraffic } from './traffic.ts'

/** Medians of the runs. */
export interface IngestFigures {
  /** Readings for each second of CPU time of a loop of gunzip and JSON.parse alone, over the same requests. */
  readonly barePerCore: number
  /** Readings for each second of CPU time of the receiver's process, without the archive. */
  readonly ingestPerCore: number
  /** The second over the first. */
  readonly ratio: number
  /** The same with the archive on, until every reading is in it or in its next object. */
  readonly archivedPerCore: number
  readonly bytesPerReadingOnWire: number
  readonly rssMb: number
}

const shape = { devices: 20, points: 25, batches: 20 } as const
const gateways = 8
/**
 * Requests of each gateway that are made before they are sent: so many that the receiver is at work for seconds. Between
 * two rounds it has nothing to do, and its runtime uses that to tidy up.
 */
const perRound = 100
const runs = 3
/** Rows of one object of the archive: what waits for the next one counts as not archived yet. */
const objectRows = 250_000

/** Ingest of 1 s batches of 20 samples with 25 points, 20 batches a request, over HTTP into the embedded log. */
export async function benchIngest(seconds: number, say: (text: string) => void): Promise<IngestFigures> {
  const off = await measure('archive: off', seconds, say)
  const on = await measure(`archive: { roll: { rows: ${objectRows} } }`, seconds, say)
  return {
    barePerCore: Math.round(of([...off, ...on], 'bare')),
    ingestPerCore: Math.round(of(off, 'ingest')),
    ratio: rounded(median(off.map(({ ingest, bare }) => ingest / bare))),
    archivedPerCore: Math.round(of(on, 'ingest')),
    bytesPerReadingOnWire: rounded(of(off, 'bytes')),
    rssMb: Math.round(of(on, 'rssMb')),
  }
}

function of(measured: readonly Run[], name: keyof Run): number {
  return median(measured.map(run => run[name]))
}

interface Run {
  readonly bare: number
  readonly ingest: number
  readonly bytes: number
  readonly rssMb: number
}

async function measure(settings: string, seconds: number, say: (text: string) => void): Promise<readonly Run[]> {
  const limits = 'limits: { gateway_rate: 1GB, log: 20GB }'
  await using receiver = await startReceiverProcess(`${settings}\n${limits}`)
  const senders = Array.from({ length: gateways }, (_, i) => createSender(receiver, `bench-${i}`))
  // Until everything is compiled.
  await round(receiver, senders)
  const all: Run[] = []
  for (let run = 0; run < runs; run++) {
    all.push(await measureRun(receiver, senders, seconds))
    say(`${settings}: ${JSON.stringify(all.at(-1))}`)
  }
  return all
}

async function measureRun(receiver: ReceiverProcess, senders: readonly Sender[], seconds: number): Promise<Run> {
  const sum = { readings: 0, bytes: 0, bareUs: 0, ingestUs: 0, ms: 0 }
  while (sum.ms < seconds * 1000) {
    const one = await round(receiver, senders)
    sum.readings += one.readings
    sum.bytes += one.bytes
    sum.bareUs += one.bareUs
    sum.ingestUs += one.ingestUs
    sum.ms += one.ms
  }
  return {
    bare: (sum.readings * 1e6) / sum.bareUs,
    ingest: (sum.readings * 1e6) / sum.ingestUs,
    bytes: sum.bytes / sum.readings,
    rssMb: readProcessCost(receiver.pid).rssBytes / 1e6,
  }
}

/** Makes requests, sends them, waits until the receiver has done all that they ask of it, and decodes them once more. */
async function round(receiver: ReceiverProcess, senders: readonly Sender[]) {
  const requests = senders.map(sender => Array.from({ length: perRound }, () => sender.make()))
  const before = readProcessCost(receiver.pid).cpuUs
  const startedAt = performance.now()
  await Promise.all(senders.map((sender, i) => sender.send(requests[i] ?? [])))
  const ms = performance.now() - startedAt
  while ((await receiver.metric('projection_lag_records')) > objectRows / shape.points) await wait(200)
  const ingestUs = readProcessCost(receiver.pid).cpuUs - before
  const flat = requests.flat()
  return {
    readings: flat.reduce((all, { readings }) => all + readings, 0),
    bytes: flat.reduce((all, { body }) => all + body.byteLength, 0),
    bareUs: bareLoop(flat),
    ingestUs,
    ms,
  }
}

/** The least that anybody does with these requests; gives its CPU time, µs. */
function bareLoop(requests: readonly Request[]): number {
  const before = process.cpuUsage()
  let entries = 0
  for (const { body } of requests) {
    for (const line of gunzipSync(body).toString().split('\n')) {
      if (line === '') continue
      const value: unknown = JSON.parse(line)
      if (value !== null) entries++
    }
  }
  const { user, system } = process.cpuUsage(before)
  if (entries < requests.length) throw new Error('the bare loop found nothing')
  return user + system
}

interface Sender {
  make(): Request
  /** One after the other, as an agent does. */
  send(requests: readonly Request[]): Promise<void>
}

function createSender(receiver: ReceiverProcess, gateway: string): Sender {
  const token = receiver.addGateway(gateway)
  const traffic = createTraffic({ ...shape, gateway, stream: randomUUID(), seed: gateway.length })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    make: () => traffic.next(),
    async send(requests) {
      for (const { body } of requests) {
        const status = await post(receiver.port, agent, token, body)
        if (status !== 200) throw new Error(`the receiver answers ${status}`)
      }
    },
  }
}
