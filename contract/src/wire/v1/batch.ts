import { isGatewayName, isUuid } from '../../names.ts'
import { isCount } from './fields.ts'
import type { Fields } from './fields.ts'

/** Names a batch for ever (protocol.md, N2). */
export interface BatchName {
  readonly gateway: string
  /** UUID of the stream. */
  readonly stream: string
  /** From 1, without holes. */
  readonly seq: number
}

/** What stands in the header line of a batch beside its count. */
export interface BatchOrigin extends BatchName {
  /** UUID of the boot of the machine that the batch was taken in. */
  readonly boot: string
}

export interface BatchHeader extends BatchOrigin {
  readonly count: number
}

/**
 * One batch as text: the header line, then one line for each entry, each closed by a line feed.
 *
 *     {"v":1,"gateway":"plant1-gw3","stream":"<uuid>","seq":1234,"count":2,"boot":"<uuid>"}
 *     {"k":"sample",…}
 *     {"k":"sample",…}
 *
 * A member holds one batch or several, one after the other. Lines are entries as `stringifyJson` writes them.
 */
export function encodeMember(origin: BatchOrigin, lines: readonly string[]): string {
  const header = encodeHeader({ ...origin, count: lines.length })
  return lines.length === 0 ? header : `${header}${lines.join('\n')}\n`
}

/** The header line of a batch, with the line feed that closes it. */
export function encodeHeader({ gateway, stream, seq, count, boot }: BatchHeader): string {
  return `${JSON.stringify({ v: 1, gateway, stream, seq, count, boot })}\n`
}

/** What keeps a parsed line from being a header, as a sentence; undefined where it is one. */
export function headerProblem(fields: Fields): string | undefined {
  if (!isGatewayName(fields['gateway'])) return 'gateway is not a name'
  if (!isUuid(fields['stream'])) return 'stream is not a UUID'
  if (!isCount(fields['seq'], 1)) return 'seq is not an integer of 1 or more'
  if (!isCount(fields['count'], 0)) return 'count is not an integer of 0 or more'
  if (!isUuid(fields['boot'])) return 'boot is not a UUID'
  return undefined
}

/** A parsed line as a header; undefined where {@link headerProblem} finds one. */
export function headerOf(fields: Fields): BatchHeader | undefined {
  const { gateway, stream, seq, count, boot } = fields
  if (!isGatewayName(gateway) || !isUuid(stream) || !isUuid(boot)) return undefined
  if (!isCount(seq, 1) || !isCount(count, 0)) return undefined
  return { gateway, stream, seq, count, boot }
}
