import type { Metric, SparkplugPayload } from './payload.ts'
import type { MessageType } from './topic.ts'

/** A metric whose name and datatype are known. */
export interface NamedMetric {
  readonly name: string
  readonly datatype: number | undefined
  readonly metric: Metric
}

/** What a message of a node came to. */
export interface NodeOutcome {
  readonly metrics: readonly NamedMetric[]
  /** Of the device, or of the node and with it of all its devices where it is dead. */
  readonly state?: 'born' | 'dead'
  /** Why births are needed before what is said can be understood. */
  readonly rebirth?: string
  /** Why the message, or a part of it, was passed over. */
  readonly ignored?: string
}

interface Known {
  readonly name: string
  readonly datatype: number | undefined
}

interface Birth {
  readonly byAlias: ReadonlyMap<bigint, Known>
  readonly byName: ReadonlyMap<string, number | undefined>
}

const itself = ''
/** Devices of one node whose births are kept; of more, the oldest is forgotten and asked for again. */
const maxDevices = 1000
const bdSeqName = 'bdSeq'

/**
 * What is known of an edge node: whether it is there, and what its aliases stand for. Aliases are one space for the
 * node and its devices (Sparkplug 3.0, 6.4.6), each birth says its own. After a hole in the sequence a birth
 * may be among what was missed, so that aliases mean nothing until the next one.
 */
export class SparkplugNodeState {
  readonly #births = new Map<string, Birth>()
  #seq: number | undefined
  #bdSeq: bigint | undefined
  #sure = false

  /** True while every message since the node's birth was heard. */
  get inStep(): boolean {
    return this.#sure
  }

  /** Messages may have been missed: the connection to the broker was lost. */
  lost(): void {
    this.#sure = false
  }

  receive(type: MessageType, device: string | undefined, payload: SparkplugPayload): NodeOutcome {
    if (type === 'NDEATH') return this.#nodeDeath(payload)
    if (type === 'NBIRTH') return this.#nodeBirth(payload)
    if (this.#births.has(itself) && this.#sure && !this.#follows(payload.seq)) {
      this.#sure = false
      const outcome = this.#rest(type, device, payload)
      return { ...outcome, rebirth: outcome.rebirth ?? 'messages were missed: the sequence has a hole' }
    }
    return this.#rest(type, device, payload)
  }

  #rest(type: MessageType, device: string | undefined, payload: SparkplugPayload): NodeOutcome {
    if (type === 'DDEATH') {
      this.#births.delete(device ?? itself)
      return { metrics: [], state: 'dead' }
    }
    if (type === 'DBIRTH') {
      const birth = this.#keepBirth(device ?? itself, payload)
      const rebirth = this.#births.has(itself) ? {} : { rebirth: 'the birth of the node was not heard' }
      return { ...birth, ...rebirth }
    }
    return this.#data(device ?? itself, payload)
  }

  #nodeBirth(payload: SparkplugPayload): NodeOutcome {
    this.#births.clear()
    this.#seq = payload.seq
    this.#bdSeq = bdSeqOf(payload)
    this.#sure = payload.seq !== undefined
    return this.#keepBirth(itself, payload)
  }

  #nodeDeath(payload: SparkplugPayload): NodeOutcome {
    const bdSeq = bdSeqOf(payload)
    // A will of an earlier session that comes late says nothing of this one.
    if (this.#bdSeq !== undefined && bdSeq !== undefined && bdSeq !== this.#bdSeq) {
      return { metrics: [], ignored: `death ${bdSeq} of another session than ${this.#bdSeq}` }
    }
    this.#births.clear()
    this.#sure = false
    return { metrics: [], state: 'dead' }
  }

  #keepBirth(device: string, { metrics }: SparkplugPayload): NodeOutcome {
    const named = metrics.flatMap(metric =>
      metric.name === undefined ? [] : [{ name: metric.name, datatype: metric.datatype, metric }],
    )
    const byAlias = new Map<bigint, Known>()
    for (const { name, datatype, metric } of named) {
      if (metric.alias !== undefined) byAlias.set(metric.alias, { name, datatype })
    }
    const byName = new Map(named.map(({ name, datatype }) => [name, datatype]))
    this.#births.delete(device)
    this.#births.set(device, { byAlias, byName })
    if (this.#births.size > maxDevices) {
      for (const oldest of this.#births.keys()) {
        if (oldest === itself) continue
        this.#births.delete(oldest)
        break
      }
    }
    return { metrics: named, state: 'born' }
  }

  #data(device: string, { metrics }: SparkplugPayload): NodeOutcome {
    const birth = this.#births.get(device)
    if (!birth) return { metrics: [], rebirth: 'data before a birth', ignored: 'data before a birth' }
    const named: NamedMetric[] = []
    let unknown: string | undefined
    for (const metric of metrics) {
      const { name, alias, datatype } = metric
      const known = alias === undefined || !this.#sure ? undefined : birth.byAlias.get(alias)
      if (name !== undefined) named.push({ name, datatype: datatype ?? birth.byName.get(name), metric })
      else if (known) named.push({ name: known.name, datatype: datatype ?? known.datatype, metric })
      else unknown ??= this.#sure ? `alias ${alias ?? 'none'} was in no birth` : 'aliases without their births'
    }
    return { metrics: named, ...(unknown === undefined ? {} : { rebirth: unknown, ignored: unknown }) }
  }

  #follows(seq: number | undefined): boolean {
    const expected = this.#seq === undefined ? undefined : (this.#seq + 1) % 256
    this.#seq = seq
    return seq !== undefined && seq === expected
  }
}

function bdSeqOf({ metrics }: SparkplugPayload): bigint | undefined {
  const value = metrics.find(({ name }) => name === bdSeqName)?.field?.value
  return typeof value === 'bigint' ? value : undefined
}
