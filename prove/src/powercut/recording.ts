import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One change to the files of a process, or a mark that it set, in the order in which they took effect. */
export type Change =
  | { readonly op: 'create'; readonly id: number; readonly path: string }
  | { readonly op: 'write'; readonly id: number; readonly at: number; readonly bytes: Buffer }
  | { readonly op: 'truncate'; readonly id: number; readonly size: number }
  | { readonly op: 'sync'; readonly id: number }
  | { readonly op: 'syncFolder'; readonly path: string }
  | { readonly op: 'rename'; readonly path: string; readonly to: string }
  | { readonly op: 'unlink'; readonly path: string }
  | { readonly op: 'mkdir'; readonly path: string }
  | { readonly op: 'mark'; readonly text: string }

export interface Recorded {
  /** Absolute. Everything below it is recorded. */
  readonly root: string
  /** Absolute, not below the root; what is written to it becomes marks. */
  readonly marks: string
  /** Where the recorder and its log may lie. */
  readonly scratch: string
}

/** Runs a script of ours with the recorder loaded, and gives what it changed. Needs a C compiler, `cc`. */
export function record(script: string, args: readonly string[], { root, marks, scratch }: Recorded): readonly Change[] {
  const library = join(scratch, 'recorder.so')
  const log = join(scratch, 'recording')
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, join(import.meta.dirname, 'recorder.c')])
  execFileSync(process.execPath, ['--conditions=source', script, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      LD_PRELOAD: library,
      LINESIDE_RECORD_ROOT: root,
      LINESIDE_RECORD_MARKS: marks,
      LINESIDE_RECORD_LOG: log,
    },
  })
  return [...parse(readFileSync(log))]
}

const headBytes = 32

function* parse(log: Buffer): Iterable<Change> {
  for (let at = 0; at < log.length; ) {
    const [op, first, second] = [log.readUInt32LE(at), log.readUInt32LE(at + 4), log.readUInt32LE(at + 8)]
    const id = Number(log.readBigUInt64LE(at + 16))
    const number = Number(log.readBigUInt64LE(at + 24))
    const bytes = log.subarray(at + headBytes, at + headBytes + first)
    const rest = log.subarray(at + headBytes + first, at + headBytes + first + second)
    at += headBytes + first + second
    yield changeOf(op, id, number, bytes, rest)
  }
}

/** The numbers are the recorder's. */
function changeOf(op: number, id: number, number: number, bytes: Buffer, rest: Buffer): Change {
  switch (op) {
    case 1:
      return { op: 'create', id, path: bytes.toString() }
    case 2:
      return { op: 'write', id, at: number, bytes }
    case 3:
      return { op: 'truncate', id, size: number }
    case 4:
      return { op: 'sync', id }
    case 5:
      return { op: 'syncFolder', path: bytes.toString() }
    case 6:
      return { op: 'rename', path: bytes.toString(), to: rest.toString() }
    case 7:
      return { op: 'unlink', path: bytes.toString() }
    case 8:
      return { op: 'mkdir', path: bytes.toString() }
    case 9:
      return { op: 'mark', text: bytes.toString() }
    default:
      throw new Error(`the recorder wrote down an operation ${op}`)
  }
}
