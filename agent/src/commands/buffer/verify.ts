import { counted } from '../terminal/counted.ts'
import { verifyBuffer } from '../../buffer/reading/verify.ts'
import type { BufferArgs } from './arguments.ts'
import type { CommandIo } from '../command.ts'

/** Prints whether all that waits is sound. */
export function showVerified({ reader, json }: BufferArgs, io: CommandIo): number {
  const verified = verifyBuffer(reader)
  const { streams, batches, readings, problems } = verified
  if (json) io.out(`${JSON.stringify(verified)}\n`)
  else {
    for (const problem of problems) io.out(`${problem}\n`)
    const judged = `${counted(batches, 'batch')} with ${counted(readings, 'reading')} in ${counted(streams, 'stream')}`
    io.out(problems.length === 0 ? `sound: ${judged}\n` : `${problems.length} problems in ${judged}\n`)
  }
  return problems.length === 0 ? 0 : 1
}
