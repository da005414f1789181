import { stringifyJson } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { encodeCounts } from '../../../agent/src/buffer/batch/counts.ts'
import { mergeSome } from '../../../agent/src/buffer/sending/merge.ts'
import { openStore } from '../../../agent/src/buffer/open-store.ts'
import { Sender } from '../../../agent/src/buffer/sending/sender.ts'
import { write } from '../../../agent/src/buffer/store/transaction.ts'
import { devices, gateway, points } from './plant.ts'

/** As many commits share a transaction here: what is prepared is the file, not the way to it. */
const together = 200

/** Fills a buffer with what an outage of so many hours leaves behind: a commit a second, half of the values slow-moving. */
function prepare(path: string, hours: number, now: number): void {
  const started = now - hours * 3_600_000
  using store = openStore({ path, gateway, maxSizeBytes: 4e9, boot: randomUUID(), now: started })
  store.db.pragma('synchronous = OFF')
  const sender = new Sender(store)
  const random = seededRandom(1)
  const values = Array.from({ length: devices * points }, () => 20 + random() * 200)
  const counts = new Map(values.map((_, i) => [i + 1, 1]))
  const names = values.map((_, i) => [i + 1, `d${Math.floor(i / points)}`, `p${i % points}`] as const)
  const encoded = encodeCounts(counts)
  const ids = [randomUUID(), randomUUID()]
  for (let second = 0; second < hours * 3600; second += together) {
    const moment = { now: started + second * 1000, ids }
    write(store, moment, draft => {
      if (second === 0) draft.definePoints(names)
      for (let i = 0; i < together; i++) {
        const t = started + (second + i) * 1000
        const lines = Array.from({ length: devices }, (_, device) => line(values, device, t, random))
        draft.insert({
          kind: 'data',
          text: Buffer.from(`${lines.join('\n')}\n`),
          entries: lines.length,
          readings: values.length,
          counts: encoded,
        })
      }
    })
    while (mergeSome(sender, moment));
  }
  const [row] = store.streams.values()
  process.stdout.write(JSON.stringify({ readings: row?.readings ?? 0, bytes: row?.bytes ?? 0, stream: row?.stream }))
}

function line(values: number[], device: number, t: number, random: () => number): string {
  const own: Record<string, number> = {}
  for (let point = 0; point < points; point++) {
    const at = device * points + point
    // Half of them move now and then, the others always.
    if (point % 2 === 0 || random() < 0.05) values[at] = Math.round(((values[at] ?? 0) + (random() - 0.5)) * 100) / 100
    own[`p${point}`] = values[at] ?? 0
  }
  return stringifyJson({ k: 'sample', device: `d${device}`, t, values: own })
}

const [path = '', hours = '24', now = '0'] = process.argv.slice(2)
prepare(path, Number(hours), Number(now))
