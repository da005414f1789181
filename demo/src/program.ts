import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One of our programs, as a process of its own. */
export interface Program {
  readonly name: string
  readonly pid: number
  /** UTC ms. */
  readonly startedAt: number
  /** Rejects when it ends before somebody ended it. */
  readonly failed: Promise<never>
  hasFailed(): boolean
  /** What it has printed so far, both streams. */
  printed(): string
  /** SIGTERM, then waits for the end; SIGKILL after `deadlineMs`. Gives the exit status, null where it was killed. */
  stop(deadlineMs: number): Promise<number | null>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

export interface ProgramPlace {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '../..')

/** Starts a program from its sources, with its output in `<name>.log`, behind that of one before it. */
export function startFromSources(name: string, main: string, args: readonly string[], place: ProgramPlace): Program {
  const logFile = join(place.folder, `${name}.log`)
  const log = openSync(logFile, 'a')
  const from = statSync(logFile).size
  const preload = new URL('./follow-parent.ts', import.meta.url).href
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=source', '--import', preload, join(root, main), ...args],
    {
      cwd: place.folder,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...place.env },
      // A process group of its own: Ctrl-C goes to this process alone, which ends the programs in the right order.
      detached: true,
    },
  )
  closeSync(log)
  const startedAt = Date.now()
  let asked = false
  let hasFailed = false
  const ended = once(child, 'exit')
  const failed = ended.then(([code, signal]) => {
    if (asked) return new Promise<never>(() => {})
    hasFailed = true
    throw new Error(`${name} ended by itself (${signal ?? code}):\n${tail(logFile)}`)
  })
  failed.catch(() => {})
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    asked = true
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await ended
  }
  return {
    name,
    pid: child.pid ?? 0,
    startedAt,
    failed,
    hasFailed: () => hasFailed,
    printed: () => readFileSync(logFile).subarray(from).toString(),
    kill: () => end('SIGKILL'),
    async stop(deadlineMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
      await end('SIGTERM')
      clearTimeout(timer)
      return child.exitCode
    },
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
