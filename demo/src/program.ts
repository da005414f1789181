import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One of the three programs, as a process of its own. */
export interface Program {
  readonly name: string
  /** Rejects when it ends before somebody stopped it. */
  readonly failed: Promise<never>
  /** SIGTERM, then waits for the end; SIGKILL after `deadlineMs`. */
  stop(deadlineMs: number): Promise<number | null>
}

const root = join(import.meta.dirname, '../..')

/** Starts a program from its sources in `cwd`, with its output in `<name>.log` there. */
export function startProgram(name: string, main: string, args: readonly string[], cwd: string): Program {
  const logFile = join(cwd, `${name}.log`)
  const log = openSync(logFile, 'a')
  const preload = new URL('./follow-parent.ts', import.meta.url).href
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=source', '--import', preload, join(root, main), ...args],
    // A process group of its own: Ctrl-C goes to the demo alone, which ends the programs in the right order.
    { cwd, stdio: ['ignore', log, log, 'ipc'], detached: true },
  )
  closeSync(log)
  let stopping = false
  const ended = once(child, 'exit')
  const failed = ended.then(([code, signal]) => {
    if (stopping) return new Promise<never>(() => {})
    throw new Error(`${name} ended by itself (${signal ?? code}):\n${tail(logFile)}`)
  })
  failed.catch(() => {})
  return {
    name,
    failed,
    async stop(deadlineMs) {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
      await ended
      clearTimeout(timer)
      return child.exitCode
    },
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
