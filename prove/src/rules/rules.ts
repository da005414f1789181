import { clockRules } from './clock-rules.ts'

/** A passage of our source, and what stands there when a rule is switched off. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A rule of the delivery protocol, and what makes it true. */
export interface Rule {
  /** As in the protocol; with a word behind it where a rule has several parts. */
  readonly name: string
  /** What the product does without it. */
  readonly without: string
  readonly edits: readonly Edit[]
  /** How the violation that a walk then finds begins. */
  readonly finds: string
}

const buffer = (file: string, from: string, to: string): Edit => ({ file: `agent/src/buffer/${file}`, from, to })
const contract = (file: string, from: string, to: string): Edit => ({ file: `contract/src/${file}`, from, to })
const receiver = (file: string, from: string, to: string): Edit => ({
  file: `cloud-receiver/src/log/embedded/${file}`,
  from,
  to,
})

export const rules: readonly Rule[] = [
  {
    name: 'N1',
    without: 'a later run takes up the streams of an earlier one',
    edits: [
      buffer(
        'transaction.ts',
        'const id = this.#current[kind]\n',
        'const id = this.#current[kind] ?? this.streams().findLast(known => known.kind === kind)?.id\n',
      ),
    ],
    finds: 'LOST',
  },
  {
    name: 'N2',
    without: 'the next seq follows from the batches that wait, not from a high-water mark',
    edits: [
      buffer('transaction.ts', 'const seq = row.high + 1\n', 'const seq = (row.present.at(-1)?.[1] ?? 0) + 1\n'),
      buffer('transaction.ts', 'high: seq,\n', 'high: Math.max(seq, row.high),\n'),
    ],
    finds: 'REWRITTEN',
  },
  {
    name: 'N3-keep',
    without: 'the agent forgets a stream as soon as it is empty',
    edits: [buffer('store.ts', 'row.usedMs < now - keepStreamsMs', 'row.usedMs <= now')],
    finds: 'LOST',
  },
  {
    name: 'N3-name',
    without: 'the envelope names only the streams whose batches it carries',
    edits: [
      buffer(
        'take.ts',
        'if (!nameAll && !flight.holds.has(row.id)) continue',
        'if (flight.holds.size > 0 ? !flight.holds.has(row.id) : !store.isCurrent(row.id)) continue',
      ),
    ],
    finds: 'LOST',
  },
  {
    name: 'N4',
    without: 'a seq above the sealed end counts as stored',
    edits: [
      receiver(
        'append.ts',
        'if (hasSeq(row.acked, batch.seq)) continue',
        'if (hasSeq(row.acked, batch.seq) || (row.sealed !== undefined && batch.seq > row.sealed)) {\n' +
          'row.acked = addSeq(row.acked, batch.seq)\nrow.changed = true\ncontinue }',
      ),
      receiver('append.ts', 'import { admitBatch,', 'import { addSeq, admitBatch,'),
    ],
    finds: 'LOST',
  },
  {
    name: 'N5',
    without: 'everything below `low` is added to the set',
    edits: [
      receiver(
        'append.ts',
        'row.low = Math.max(row.low, low)\n',
        'row.low = Math.max(row.low, low)\nif (low > 1) row.acked = addRange(row.acked, 1, low - 1)\n',
      ),
      receiver('append.ts', 'import { admitBatch,', 'import { addRange, admitBatch,'),
    ],
    finds: 'LOST',
  },
  {
    name: 'N6-mint',
    without: 'a receipt above the high-water mark of an older stream mints new streams too',
    edits: [buffer('settle.ts', 'if (sender.store.isCurrent(row.id)) {', 'if (sender.store.streams.has(row.id)) {')],
    finds: 'FALSE ALARM',
  },
  {
    name: 'N6-once',
    without: 'each such receipt raises the alarm again',
    edits: [buffer('settle.ts', 'if (sender.restored.has(row.id)) return []', '')],
    finds: 'STORM',
  },
  {
    name: 'N7',
    without: 'an agent under another name takes the buffer over',
    edits: [buffer('gateway-name.ts', 'before !== undefined && waiting > 0', 'before !== undefined && waiting < 0')],
    finds: 'RENAMED',
  },
  {
    name: 'S1',
    without: 'a batch that is in the set is stored again',
    edits: [
      contract('admit.ts', 'if (hasSeq(own, batch.seq)) return undefined', ''),
      receiver('append.ts', 'if (hasSeq(row.acked, batch.seq)) continue', ''),
    ],
    finds: 'DOUBLE',
  },
  {
    name: 'S2',
    without: 'every error that a receiver answers rejects what was sent',
    edits: [
      {
        file: 'agent/src/uplink/verdict.ts',
        from: "if (status === 400 && code === 'undecodable')",
        to: 'if (status >= 300)',
      },
      { file: 'agent/src/uplink/verdict.ts', from: 'reason: message ?? code }', to: "reason: message ?? '' }" },
    ],
    finds: 'HEALTHY BATCH IN QUARANTINE',
  },
  {
    name: 'S4-named',
    without: 'what a gap in the buffer names counts as lost by the receiver',
    edits: [buffer('settle.ts', 'named: named.get(row.id) ?? [],', 'named: [],')],
    finds: 'FALSE ALARM',
  },
  {
    name: 'S4-report',
    without: 'what the receiver lost is not reported',
    edits: [buffer('settle.ts', "writeGap(draft, 'receiver_lost', lost)", '')],
    finds: 'LIVENESS',
  },
  {
    name: 'G1',
    without: 'eviction writes no gap',
    edits: [buffer('retention/make-room.ts', "if (batches > 0) writeGap(draft, 'evicted', names, counts)", '')],
    finds: 'LOST',
  },
  {
    name: 'G2',
    without: 'what replaces a batch does not take over what its gaps named',
    edits: [buffer('gap.ts', 'mergeSets(names, removed.names)', '')],
    finds: 'FALSE ALARM',
  },
  {
    name: 'G3-cut',
    without: 'a gap enters the log as it came',
    edits: [contract('admit.ts', '? cutGap(entry, withNames(now, summarised))', '? entry')],
    finds: 'LOG AND GAP',
  },
  {
    name: 'G3-add',
    without: 'what a gap names is not added to the sets',
    edits: [contract('admit.ts', 'if (isGap(kept)) take(sets, now, kept.names)', 'if (isGap(kept)) continue')],
    finds: 'GAP TWICE',
  },
  {
    name: 'G4',
    without: 'a summary enters the log as it came',
    edits: [contract('admit.ts', '? cutSummary(entry, now)', '? entry')],
    finds: 'LOG AND GAP',
  },
  {
    name: 'R1',
    without: 'the first rejection moves a batch to quarantine',
    edits: [
      buffer(
        'rejections.ts',
        'if (mark !== undefined && state.acceptedAt > mark && requestId > state.acceptedAt) {',
        'if (requestId > 0) {',
      ),
    ],
    finds: 'HEALTHY BATCH IN QUARANTINE',
  },
  {
    name: 'R2-one',
    without: 'after three rejections everything goes on being sent',
    edits: [
      buffer(
        'take.ts',
        'const most = rejections.probing ? 1 : limits.requestBatches',
        'const most = limits.requestBatches',
      ),
    ],
    finds: 'PROBING',
  },
  {
    name: 'R2-fresh',
    without: 'with nothing but rejected batches left no fresh one is sent',
    edits: [
      buffer(
        'take.ts',
        'return needsProbe(rejections) && isRight(moment) && !alarmsOnly ? probe(sender, moment) : again(sender, ready)',
        'return again(sender, ready)',
      ),
    ],
    finds: 'LIVENESS',
  },
  {
    name: 'R3-checksum',
    without: 'a damaged member is sent',
    edits: [buffer('take.ts', ' !== row.crc) {', ' === -1) {')],
    finds: 'UNDECODABLE',
  },
  {
    name: 'R3-split',
    without: 'a request that could not be decoded is sent again as it is',
    edits: [
      buffer(
        'settle.ts',
        'if (flight.members > 1) {\n    sender.suspects = flight.holds\n',
        'if (flight.members > 1) {\n',
      ),
    ],
    finds: 'LIVENESS',
  },
  {
    name: 'R4',
    without: 'a salvaged database says nothing of what is missing',
    edits: [buffer('report-salvage.ts', "writeGap(draft, 'corrupt', lost)", '')],
    finds: 'FALSE ALARM',
  },
  ...clockRules,
]
