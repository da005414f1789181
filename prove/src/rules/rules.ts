import { clockRules } from './clock-rules.ts'
import { folderRules } from './folder-rules.ts'
import { rejectionRules } from './rejection-rules.ts'
import { type Rule, buffer, contract, receiver } from './rule.ts'

export const rules: readonly Rule[] = [
  {
    name: 'N1',
    without: 'a later run takes up the streams of an earlier one',
    edits: [
      buffer(
        'store/transaction.ts',
        'const id = this.#current[kind]\n',
        'const id = this.#current[kind] ?? this.streams().findLast(known => known.kind === kind)?.id\n',
      ),
    ],
    finds: 'BACK IN TIME',
    from: 10,
  },
  {
    name: 'N2',
    without: 'the next seq follows from the batches that wait, not from a high-water mark',
    edits: [
      buffer('store/transaction.ts', 'const seq = row.high + 1\n', 'const seq = (row.present.at(-1)?.[1] ?? 0) + 1\n'),
      buffer('store/transaction.ts', 'high: seq,\n', 'high: Math.max(seq, row.high),\n'),
    ],
    finds: 'REWRITTEN',
  },
  {
    name: 'N2-merge',
    without: 'merging gives all batches of a member the name of the first',
    edits: [
      buffer(
        'store/rows.ts',
        'const text = Buffer.concat(rows.map(row => gunzipSync(row.member)))\n',
        'const text = Buffer.from(Buffer.concat(rows.map(row => gunzipSync(row.member))).toString()' +
          '.replaceAll(/,"seq":\\d+,"count"/g, `,"seq":${nameOf(head.key).seq},"count"`))\n',
      ),
    ],
    finds: 'REWRITTEN',
    from: 16,
  },
  {
    name: 'N3-days',
    without: 'the agent forgets a stream that was empty for an hour',
    edits: [buffer('store/store.ts', 'const keepStreamsMs = 90 * 86_400_000\n', 'const keepStreamsMs = 3_600_000\n')],
    finds: 'LOST',
    from: 149,
  },
  {
    name: 'N3-keep',
    without: 'the agent forgets a stream as soon as it is empty',
    edits: [buffer('store/store.ts', 'row.usedMs < now - keepStreamsMs', 'row.usedMs <= now')],
    finds: 'LOST',
    from: 21,
  },
  {
    name: 'N3-name',
    without: 'the envelope names only the streams whose batches it carries',
    edits: [
      buffer(
        'sending/take.ts',
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
    from: 5,
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
    edits: [
      buffer('sending/settle.ts', 'if (sender.store.isCurrent(row.id)) {', 'if (sender.store.streams.has(row.id)) {'),
    ],
    finds: 'FALSE ALARM',
  },
  {
    name: 'N6-once',
    without: 'each such receipt raises the alarm again',
    edits: [buffer('sending/settle.ts', 'if (sender.restored.has(row.id)) return []', '')],
    finds: 'STORM',
  },
  {
    name: 'N6-leave',
    without: 'a stream of this run goes on though the receiver has more of it than was given out',
    edits: [buffer('sending/settle.ts', '    draft.retireStreams()\n', '')],
    finds: 'SHARED',
    from: 129,
  },
  {
    name: 'N7',
    without: 'an agent under another name takes the buffer over',
    edits: [
      buffer('store/gateway-name.ts', 'before !== undefined && waiting > 0', 'before !== undefined && waiting < 0'),
    ],
    finds: 'RENAMED',
  },
  {
    name: 'N8',
    without: 'no stream says which one it follows',
    edits: [buffer('sending/take.ts', '...(follows === undefined ? {} : { follows }),', '')],
    finds: 'UNNOTICED',
    from: 12,
  },
  {
    name: 'N8-receiver',
    without: 'the receiver forgets which stream follows which',
    edits: [receiver('stream-rows.ts', '        saveFollows.run(follows, row.id)\n', '')],
    finds: 'UNNOTICED',
    from: 12,
  },
  {
    name: 'N8-all',
    without: 'it is said with the first batches of a stream alone, and not when all streams are named',
    edits: [buffer('sending/take.ts', 'nameAll || !sender.placed.has(row.id) ?', '!sender.placed.has(row.id) ?')],
    finds: 'UNNOTICED',
    from: 12,
  },
  {
    name: 'N8-once',
    without: 'each receipt that names another stream raises the alarm again',
    edits: [
      buffer('store/lineage.ts', 'if (!descent || descent.besides.includes(beside)) return', 'if (!descent) return'),
    ],
    finds: 'STORM',
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
    from: 5,
  },
  {
    name: 'S3',
    without: 'a receipt is given before the transaction is on the disk',
    edits: [
      receiver(
        'store.ts',
        'return together.immediate(requests, now)\n',
        "if (db.inTransaction) db.exec('COMMIT')\ndb.exec('BEGIN IMMEDIATE')\nreturn together(requests, now)\n",
      ),
    ],
    finds: 'LOST',
  },
  {
    name: 'S4-sent',
    without: 'a receipt proves a loss whenever its request was sent',
    edits: [buffer('sending/settle.ts', 'settledSince: since.get(row.id) ?? [],', 'settledSince: [],')],
    finds: 'FALSE ALARM',
    from: 268,
  },
  {
    name: 'S4-named',
    without: 'what a gap in the buffer names counts as lost by the receiver',
    edits: [buffer('sending/settle.ts', 'named: named.get(row.id) ?? [],', 'named: [],')],
    finds: 'FALSE ALARM',
  },
  {
    name: 'S4-report',
    without: 'what the receiver lost is not reported',
    edits: [buffer('sending/settle.ts', "writeGap(draft, 'receiver_lost', lost)", '')],
    finds: 'LOST',
  },
  {
    name: 'G1',
    without: 'eviction writes no gap',
    edits: [buffer('retention/make-room.ts', "if (batches > 0) writeGap(draft, 'evicted', names, counts)", '')],
    finds: 'FALSE ALARM',
    from: 5,
  },
  {
    name: 'G2',
    without: 'what replaces a batch does not take over what its gaps named',
    edits: [buffer('store/gap.ts', 'mergeSets(names, removed.names)', '')],
    finds: 'FALSE ALARM',
    from: 36,
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
    from: 60,
  },
  {
    name: 'G5',
    without: 'what a thinned batch passes on is stored though its own batch has arrived',
    edits: [contract('admit.ts', 'if (from && hasSeq(have(from.stream), from.seq)) continue', '')],
    finds: 'DOUBLE',
    from: 60,
  },
  {
    name: 'G5-pass',
    without: 'what no summary can stand for is not passed on',
    edits: [buffer('retention/summarise.ts', 'passedOn.push(passOn(text, stream, seq))', '')],
    finds: 'LOST',
  },
  {
    name: 'G5-name',
    without: 'what is passed on does not say from which batch',
    edits: [
      buffer(
        'retention/summarise.ts',
        'return `${line.slice(0, -1)},"fromBatch":{"stream":"${stream}","seq":${seq}}}`',
        'return line',
      ),
    ],
    finds: 'RENAMED',
    from: 40,
  },
  ...rejectionRules,
  ...clockRules,
  ...folderRules,
]
