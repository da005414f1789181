// Run as a process of its own, with the recorder loaded: some lives of a buffer, with everything that writes to its files.
import { appendFileSync, closeSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeRequest, mergeNames, namesOf, stringifyJson } from '@lineside/contract'
import type { Interval } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { switchOff } from '../rules/switch-off.ts'
import type { Mark } from './judge.ts'

const [folder = '', marks = '', journal = '', seed = '1', without] = process.argv.slice(2)
if (without !== undefined) switchOff(without)
const { BufferCore } = await import('../sim/core.ts')
const { ownBatch } = await import('../../../agent/src/buffer/batch/new-batch.ts')

const lives = 4
const steps = 40
const random = seededRandom(Number(seed))
const below = (n: number) => Math.floor(random() * n)
let ids = 0
let now = 1_763_700_000_000
let entries = 0

const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
const moment = () => ({ now: (now += 1000), ids: [newId(), newId(), newId(), newId()] })
const mark = (said: Mark) => appendFileSync(marks, `${JSON.stringify(said)}\n`)

/** Text that nothing compresses. */
const noise = (length: number) => Array.from({ length }, () => String.fromCharCode(0x30 + below(75))).join('')

type Core = InstanceType<typeof BufferCore>

function commit(core: Core): void {
  const sample = () => ({ k: 'sample', device: 'd', t: now, values: { n: ++entries, text: noise(below(3000)) } })
  const alarms =
    random() < 0.2 ? [{ k: 'state', t: now, scope: 'agent', name: String(++entries), state: 'started' }] : []
  const data = Array.from({ length: 1 + below(6) }, sample)
  const batches = [ownBatch('data', data, { readings: data.length })]
  core.commit(moment(), alarms.length > 0 ? [ownBatch('alarms', alarms), ...batches] : batches)
  // From here on the appender has been told.
  mark({ committed: [...alarms, ...data].map(entry => stringifyJson(entry)) })
}

function send(core: Core): void {
  const take = core.next(moment(), { maxBytes: 20_000 + below(60_000) })
  if (!take) return
  const request = decodeRequest(gunzipSync(take.body))
  if (!request.ok) throw new Error(request.message)
  const streams = take.streams.map(stream => {
    const acked = request.batches.flatMap(batch => (batch.stream === stream ? [[batch.seq, batch.seq] as const] : []))
    return { stream, acked }
  })
  // A gap that arrives settles what it names.
  const settled = mergeNames(...request.batches.map(batch => namesOf(batch.entries, batch)))
  mark({ acknowledged: settled.flatMap(({ stream, seqs }) => seqs.flatMap(seq => namesIn(stream, seq))) })
  core.settle(moment(), take.requestId, { streams })
}

function namesIn(stream: string, [from, to]: Interval): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${stream}/${from + i}`)
}

/** The head of the file and some other places are no longer what they were: it must heal. */
function damage(file: string): void {
  const fd = openSync(file, 'r+')
  const { size } = statSync(file)
  for (const at of [0, below(size), below(size)]) writeSync(fd, Buffer.from(noise(40)), 0, 40, Math.min(at, size - 40))
  fsyncSync(fd)
  closeSync(fd)
}

for (let life = 1; life <= lives; life++) {
  if (life === lives) damage(join(folder, 'buffer.db'))
  const options = { path: folder, gateway: 'gw', maxSizeBytes: 2_000_000, boot: newId(), now, commitJournal: journal }
  const core = new BufferCore(options, () => undefined, true)
  for (let step = 0; step < steps; step++) {
    const dice = random()
    try {
      if (dice < 0.7) commit(core)
      else if (dice < 0.85) send(core)
      else if (dice < 0.97) core.merge(moment())
      else core.evict(moment())
    } catch (error) {
      // Damage is healed, and the entries come again; a machine does nothing else then.
      if (life < lives) throw error
    }
  }
  core[Symbol.dispose]()
}
