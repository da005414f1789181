import { readFileSync } from 'node:fs'
import { isQuality, parseJson, type Quality } from '@lineside/contract'
import { z } from 'zod'
import { SimulatorError } from '../error.ts'
import type { Reply } from './reply.ts'

const replySchema = z.object({
  device: z.string(),
  n: z.number(),
  at: z.number(),
  points: z.record(z.string(), z.union([z.number(), z.bigint(), z.boolean(), z.string()])),
  quality: z.record(z.string(), z.custom<Quality>(isQuality)).exactOptional(),
  unconfirmed: z.literal(true).exactOptional(),
})

/** One line of a ledger, without its line break. Throws `file_unreadable` where it is none. */
export function parseLedgerLine(line: string, where: string): Reply {
  try {
    return replySchema.parse(parseJson(line))
  } catch (cause) {
    const hint = 'use the file that lineside-sim wrote'
    throw new SimulatorError('file_unreadable', `${where}: not a line of a ledger`, hint, { cause })
  }
}

/** The replies of a ledger file; a last line that was cut off is left out. Throws `file_unreadable`. */
export function readLedger(path: string): Reply[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SimulatorError('file_unreadable', `ledger ${path} can't be read`, 'name an existing file', { cause })
  }
  const replies: Reply[] = []
  let number = 0
  for (let from = 0, to = text.indexOf('\n'); to >= 0; from = to + 1, to = text.indexOf('\n', from)) {
    replies.push(parseLedgerLine(text.slice(from, to), `${path}:${++number}`))
  }
  return replies
}
