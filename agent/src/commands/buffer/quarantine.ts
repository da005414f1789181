import type { BufferReader } from '../../buffer/reading/reader.ts'
import { mostNumbers } from '../../control/routes.ts'
import type { BufferArgs } from './arguments.ts'
import { formatAge, formatColumns } from '../terminal/columns.ts'
import { type CommandIo, UsageError } from '../command.ts'
import { agentAnswer } from '../running-agent/running-agent.ts'

/** Lists what is in quarantine, or lets some of it out. */
export async function quarantineVerb(args: BufferArgs, io: CommandIo): Promise<number> {
  const { reader, storagePath, json, words } = args
  const [verb = 'list', ...names] = words
  if (verb === 'list' && names.length === 0) return list(reader, json, io)
  const rows = reader.quarantined()
  const numbers = names.length === 1 && names[0] === 'all' ? rows.map(({ n }) => n) : names.map(Number)
  if (verb !== 'release' || names.length === 0 || !numbers.every(n => Number.isSafeInteger(n) && n > 0)) {
    throw new UsageError('write lineside buffer quarantine list, or lineside buffer quarantine release NUMBER… or all')
  }
  return release(storagePath, [...new Set(numbers)], json, io)
}

function list(reader: BufferReader, json: boolean, io: CommandIo): number {
  const rows = reader.quarantined()
  if (json) io.out(`${JSON.stringify(rows)}\n`)
  else if (rows.length === 0) io.out('nothing is in quarantine\n')
  else {
    const now = Date.now()
    const cells = rows.map(({ n, stream, seq, last, t, reason, message, readings }) => {
      const name = last > seq ? `${stream}/${seq}-${last}` : `${stream}/${seq}`
      return [String(n), formatAge(now - t), reason, String(readings), name, message]
    })
    io.out(formatColumns([['NUMBER', 'SINCE', 'REASON', 'READINGS', 'BATCH', 'WHY'], ...cells]))
  }
  return 0
}

async function release(storagePath: string, numbers: readonly number[], json: boolean, io: CommandIo): Promise<number> {
  if (numbers.length === 0) {
    io.out('nothing is in quarantine\n')
    return 0
  }
  const result = { batches: 0, readings: 0, left: new Array<number>(), maybeStored: new Array<number>() }
  for (let from = 0; from < numbers.length; from += mostNumbers) {
    const some = { numbers: numbers.slice(from, from + mostNumbers) }
    // oxlint-disable-next-line no-await-in-loop -- one request at a time: each is a transaction
    const { batches, readings, left, maybeStored } = await agentAnswer(storagePath, 'unquarantine', some)
    result.batches += batches
    result.readings += readings
    result.left.push(...left)
    result.maybeStored.push(...maybeStored)
  }
  if (json) io.out(`${JSON.stringify(result)}\n`)
  else io.out(`${result.batches} batches with ${result.readings} readings will be sent again, under new names\n`)
  for (const n of result.left) io.err(`${n} stays: there is none of this number, or it can't be read\n`)
  for (const n of result.maybeStored) {
    io.err(`${n} stays: no receipt says that the receiver has not got it, so its readings might arrive twice\n`)
  }
  if (result.maybeStored.length > 0) io.err('lineside buffer export --quarantine writes what is in them to a file\n')
  return result.left.length + result.maybeStored.length === 0 ? 0 : 1
}
