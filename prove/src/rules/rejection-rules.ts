import { type Rule, buffer } from './rule.ts'

/** The rules of rejection, damage and quarantine. */
export const rejectionRules: readonly Rule[] = [
  {
    name: 'R1',
    without: 'the first rejection moves a batch to quarantine',
    edits: [
      buffer(
        'sending/rejections.ts',
        'if (mark !== undefined && state.acceptedAt > mark && requestId > state.acceptedAt) {',
        'if (requestId > 0) {',
      ),
    ],
    finds: 'HEALTHY BATCH IN QUARANTINE',
    from: 18,
  },
  {
    name: 'R1-before',
    without: 'a batch that may have been stored before counts as accepted',
    edits: [buffer('sending/settle.ts', 'sender.showsAcceptance(flight, covered)', 'covered.size > 0')],
    finds: 'HEALTHY BATCH IN QUARANTINE',
    from: 50_394,
  },
  {
    name: 'R2-one',
    without: 'after three rejections everything goes on being sent',
    edits: [
      buffer(
        'sending/take.ts',
        'const most = rejections.probing ? 1 : limits.requestBatches',
        'const most = limits.requestBatches',
      ),
    ],
    finds: 'PROBING',
    from: 18,
  },
  {
    name: 'R2-fresh',
    without: 'with nothing but rejected batches left no fresh one is sent',
    edits: [
      buffer(
        'sending/take.ts',
        'return needsProbe(rejections) && isRight(moment) && !alarmsOnly ? probe(sender, moment) : again(sender, ready)',
        'return again(sender, ready)',
      ),
    ],
    finds: 'LIVENESS',
    from: 13,
  },
  {
    name: 'R3-checksum',
    without: 'a damaged member is sent',
    edits: [buffer('sending/take.ts', ' !== row.crc) {', ' === -1) {')],
    finds: 'UNDECODABLE',
  },
  {
    name: 'R3-split',
    without: 'a request that could not be decoded is sent again as it is',
    edits: [
      buffer(
        'sending/settle.ts',
        'if (flight.members > 1) {\n    sender.suspects = flight.holds\n',
        'if (flight.members > 1) {\n',
      ),
    ],
    finds: 'LIVENESS',
    from: 12,
  },
  {
    name: 'R4',
    without: 'a salvaged database says nothing of what is missing',
    edits: [buffer('healing/report-salvage.ts', "writeGap(draft, 'corrupt', lost)", '')],
    finds: 'FALSE ALARM',
    from: 9,
  },
  {
    name: 'R5',
    without: 'quarantine has no bound',
    edits: [buffer('sending/quarantine.ts', '  boundQuarantine(store)\n', '')],
    finds: 'UNBOUNDED',
  },
  {
    name: 'R5-name',
    without: 'what may have been stored is released from quarantine too',
    edits: [
      buffer(
        'sending/quarantine.ts',
        "return reason !== 'rejected' || message.startsWith(undecodable)",
        "return reason === 'nothing' && message.startsWith(undecodable)",
      ),
    ],
    finds: 'RELEASED',
    from: 35,
  },
  {
    name: 'R5-says',
    without: 'what is released does not say which batch it supersedes',
    edits: [buffer('sending/release.ts', 'const all = [stringifyJson(entry), ...kept]', 'const all = kept')],
    finds: 'LOG AND GAP',
  },
  {
    name: 'R5-times',
    without: 'what is released is taken to be stamped by the clock of the run that releases it',
    edits: [buffer('sending/release.ts', ' clock: 0,', '')],
    finds: 'CLOCK',
    from: 569,
  },
  {
    name: 'R5-sent',
    without: 'what is released leaves quarantine, and is not sent',
    edits: [
      buffer(
        'sending/release.ts',
        "draft.insert({ kind: 'data', ...facts, clock: 0, t: Math.max(draft.now, ...kept.map(timeOf)) })\n",
        '',
      ),
    ],
    finds: 'LOST',
  },
]
