import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasSeq, parseReceipt, systemClock } from '@lineside/contract'
import { Credentials } from '../../cloud-receiver/src/credentials/credentials.ts'
import { bodyOf, envelopeOf, headersOf, send } from '../../cloud-receiver/src/ingest/testing.ts'
import { sampleOf, uuid } from '../../cloud-receiver/src/log/testing.ts'
import { readArchiveRows } from '../../demo/src/archive.ts'

const launcher = join(import.meta.dirname, '../../cloud-receiver/bin/lineside-receiver.js')

let folder: string
let child: ChildProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-receiver-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function start(nodeOptions = ''): Promise<number> {
  const file = join(folder, 'receiver.yaml')
  writeFileSync(file, 'listen: "127.0.0.1:0"\n')
  child = spawn(process.execPath, [launcher, 'run', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LINESIDE_LOG_LEVEL: 'silent', NODE_OPTIONS: nodeOptions },
  })
  for await (const chunk of child.stdout ?? []) {
    const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(String(chunk))?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error('the receiver did not start')
}

async function end(signal: NodeJS.Signals): Promise<unknown> {
  const exit = child === undefined ? undefined : once(child, 'exit')
  child?.kill(signal)
  return (await exit)?.[0]
}

function token(): string {
  using credentials = Credentials.open(join(folder, 'receiver-data', 'credentials.db'), systemClock)
  const added = credentials.add('gw')
  return added.kind === 'added' ? added.token : ''
}

const count = 30
const requests = Array.from({ length: count }, (_, i) => [i + 1, ...(i > 0 ? [i] : [])])

function bodyFor(seqs: readonly number[]): Buffer {
  const batches = seqs.map(seq => ({
    stream: uuid(1),
    seq,
    entries: [sampleOf('press', seq, { temperature: seq / 2 }), sampleOf('press', seq + 0, { run: true, n: seq })],
  }))
  return bodyOf('gw', batches)
}

async function archived(): Promise<readonly string[]> {
  const rows = await readArchiveRows(join(folder, 'archive'))
  return rows.map(({ seq, idx, point }) => `${seq}/${idx}/${point}`).toSorted()
}

test('a receiver that is killed in the middle has what it acknowledged, and nothing twice after it all comes again', async () => {
  const headers = headersOf(token())
  const port = await start()
  let acked: readonly (readonly [number, number])[] = []
  let killed: Promise<unknown> | undefined
  for (const [i, seqs] of requests.entries()) {
    const answer = await send({ port, headers, chunks: [bodyFor(seqs)] }).catch(() => undefined)
    if (answer === undefined) break
    const receipt = parseReceipt(JSON.stringify(answer.body))
    if (receipt.ok) acked = receipt.receipt.streams[0]?.acked ?? []
    // Under way when the process ends: answered or not, stored or not.
    if (i === 15) killed = end('SIGKILL')
  }
  await killed
  expect(hasSeq(acked, 15)).toBe(true)

  const again = await start()
  const [first] = requests
  const probe = await send({ port: again, headers, chunks: [bodyFor(first ?? [])] })
  const receipt = parseReceipt(JSON.stringify(probe.body))
  for (const [from, to] of acked) {
    for (let seq = from; seq <= to; seq++) {
      expect(receipt.ok && hasSeq(receipt.receipt.streams[0]?.acked ?? [], seq)).toBe(true)
    }
  }
  const answers = await Promise.all(
    requests.slice(0, 20).map(seqs => send({ port: again, headers, chunks: [bodyFor(seqs)] })),
  )
  expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
  for (const seqs of requests) await send({ port: again, headers, chunks: [bodyFor(seqs)] })

  expect(await end('SIGTERM')).toBe(0)
  const expected = requests.flatMap(([seq]) => [`${seq}/0/temperature`, `${seq}/1/run`, `${seq}/1/n`])
  expect(await archived()).toEqual(expected.toSorted())
}, 30_000)

test('a receiver reads no secret into its log, and a second one on the same data is refused', async () => {
  const secret = token()
  await start()
  const file = join(folder, 'receiver.yaml')
  const other = spawn(process.execPath, [launcher, 'run', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  other.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  expect((await once(other, 'close'))[0]).toBe(1)
  expect(said).toContain('another process uses it')
  expect(said).not.toContain(secret)
  expect(readFileSync(join(folder, 'receiver-data', 'log.db')).includes(secret)).toBe(false)
  expect(await end('SIGTERM')).toBe(0)
}, 30_000)

test('a terminal that is closed ends it as asked, also where it says so twice', async () => {
  await start()
  const ended = end('SIGHUP')
  child?.kill('SIGHUP')
  expect(await ended).toBe(0)
}, 30_000)

test('a second signal ends it at once, whatever is still under way', async () => {
  const headers = headersOf(token())
  const port = await start()
  const open = send({ port, headers, chunks: [envelopeOf('gw', 1)], open: true }).catch(() => 'broken')
  await expect
    .poll(async () => (await send({ port, method: 'GET', path: '/metrics' })).body, { timeout: 10_000 })
    .toContain('lineside_receiver_requests_under_way 1')
  const ended = end('SIGTERM')
  child?.kill('SIGINT')
  expect(await ended).toBe(1)
  expect(await open).toBe('broken')
}, 30_000)

test('a receiver whose log thread has died stores nothing more and ends with status 1', async () => {
  // Loaded by every thread; the one that is no main thread is the log, and dies of the first commit.
  const dying = `import { isMainThread, parentPort } from 'node:worker_threads'
    if (!isMainThread) parentPort.on('message', ({ call }) => { if (call.op === 'commit') process.exit(7) })`
  const headers = headersOf(token())
  const port = await start(`--import data:text/javascript,${encodeURIComponent(dying)}`)
  const exit = child === undefined ? undefined : once(child, 'exit')
  const answer = await send({ port, headers, chunks: [bodyFor([1])] })
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  expect((await exit)?.[0]).toBe(1)
}, 30_000)
