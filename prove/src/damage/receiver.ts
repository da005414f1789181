import { admitBatch, decodeRequest, isGap } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { gunzipSync } from 'node:zlib'

/** A receiver by the contract's rules. */
export class Log {
  readonly entries: { readonly t: number; readonly value: unknown }[] = []
  readonly named = new Map<string, number>()
  sets = new Map<string, IntervalSet>()

  take(body: Uint8Array): { streams: { stream: string; acked: IntervalSet }[] } {
    const request = decodeRequest(gunzipSync(body))
    if (!request.ok) throw new Error(request.message)
    for (const batch of request.batches) {
      const admitted = admitBatch(batch, stream => this.sets.get(stream) ?? [])
      for (const [stream, set] of admitted?.sets ?? []) this.sets.set(stream, set)
      for (const { entry } of admitted?.entries ?? []) {
        if (entry.k === 'sample' && 'values' in entry) {
          this.entries.push({ t: Number(entry['t']), value: JSON.stringify(entry['values']) })
        }
        if (!isGap(entry)) continue
        for (const { stream, seqs } of entry.names) {
          for (const [from, to] of seqs) {
            for (let seq = from; seq <= to; seq++) {
              this.named.set(`${stream}/${seq}`, (this.named.get(`${stream}/${seq}`) ?? 0) + 1)
            }
          }
        }
      }
    }
    return { streams: request.envelope.streams.map(({ stream }) => ({ stream, acked: this.sets.get(stream) ?? [] })) }
  }

  copy(): Log {
    const copy = new Log()
    copy.entries.push(...this.entries)
    for (const [name, count] of this.named) copy.named.set(name, count)
    copy.sets = new Map(this.sets)
    return copy
  }
}
