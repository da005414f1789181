import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** A program of ours that may be killed and started again. */
export interface Life {
  readonly pid: number
  /** UTC ms. */
  readonly startedAt: number
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
  /** Ended though nobody asked it to. */
  readonly failed: () => boolean
  /** What this life has printed. */
  printed(): string
  /** SIGTERM; gives the exit status, null where it had to be killed after `deadlineMs`. */
  stop(deadlineMs: number): Promise<number | null>
}

export interface ProgramPlace {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** Starts a program from its sources, with its output behind that of its earlier lives in `<name>.log`. */
export function startProgram(name: string, main: string, args: readonly string[], place: ProgramPlace): Life {
  const logFile = join(place.folder, `${name}.log`)
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn(process.execPath, ['--conditions=source', join(root, main), ...args], {
    cwd: place.folder,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...place.env },
  })
  closeSync(log)
  const from = statSync(logFile).size
  const startedAt = Date.now()
  // Whatever ends this process ends its children.
  const last = () => void child.kill('SIGKILL')
  process.once('exit', last)
  let asked = false
  let failed = false
  const gone = once(child, 'exit')
  child.once('exit', () => {
    process.off('exit', last)
    failed = !asked
    if (failed) process.stderr.write(`prove: ${name} ended by itself (${child.exitCode}):\n${tail(logFile)}\n`)
  })
  return {
    pid: child.pid ?? 0,
    startedAt,
    failed: () => failed,
    printed: () => readFileSync(logFile, 'utf8').slice(from),
    async kill() {
      asked = true
      child.kill('SIGKILL')
      await gone
    },
    async stop(deadlineMs) {
      asked = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
      await gone
      clearTimeout(timer)
      return child.exitCode
    },
  }
}

/** Makes the gateway known to the receiver and gives its token. */
export async function addGateway(name: string, folder: string): Promise<string> {
  const args = ['--conditions=source', join(root, 'cloud-receiver/src/main.ts'), 'gateway', 'add', name]
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--config', 'receiver.yaml'], {
    cwd: folder,
  })
  const token = /[\w-]{40,}/.exec(stdout)?.[0]
  if (token === undefined) throw new Error(`no token in what the receiver said:\n${stdout}`)
  return token
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
