import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type AgentStatus, askAgent } from 'lineside/control'

const root = join(import.meta.dirname, '..')

/** The three programs, as `npx` finds them in a checkout. */
const launchers = {
  lineside: 'agent/bin/lineside.js',
  'lineside-receiver': 'cloud-receiver/bin/lineside-receiver.js',
  'lineside-sim': 'simulator/bin/lineside-sim.js',
} as const

export interface RunningProgram extends AsyncDisposable {
  /** All that it has printed so far, both streams. */
  output(): string
  /** What it has printed on standard output alone. */
  printed(): string
  signal(signal: NodeJS.Signals): void
  /** Ends it with a signal; gives its exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  readonly ended: Promise<number | null>
}

/** Starts one of ours, or any other command when it isn't one. */
export function startProgram(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): RunningProgram {
  const launcher = command in launchers ? launchers[command as keyof typeof launchers] : undefined
  const file = launcher === undefined ? command : process.execPath
  const all = launcher === undefined ? args : [join(root, launcher), ...args]
  const child: ChildProcess = spawn(file, all, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let text = ''
  let out = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk
    out += chunk
  })
  child.stderr?.on('data', (chunk: Buffer) => void (text += chunk))
  // Not `exit`: what it printed last may still be on its way then.
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return ended
  }
  return {
    output: () => text,
    printed: () => out,
    ended,
    signal: signal => void child.kill(signal),
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL')
    },
  }
}

/** A folder of its own for one test, with the given files in it. */
export function createFolder(files: Readonly<Record<string, string>> = {}): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'lineside-test-'))
  for (const [name, text] of Object.entries(files)) {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: 0o600 })
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Asks again until there is an answer; gives up with what was waited for. */
export async function until<T>(
  what: string | (() => string),
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${seconds} s for ${typeof what === 'string' ? what : what()}`)
    await wait(50)
  }
}

/** What the agent says on its control socket; undefined while it is not there. */
export async function agentStatus(storage: string): Promise<AgentStatus | undefined> {
  const answer = await askAgent(storage, 'status', undefined, 2000)
  return answer.ok ? answer.body : undefined
}

/** Waits until a link of the agent is online: its control socket answers before its links are open. */
export function linkOnline(storage: string, name: string): Promise<true> {
  return until(`the link ${name}`, async () => {
    const link = (await agentStatus(storage))?.links.find(candidate => candidate.name === name)
    return link?.state === 'online' ? true : undefined
  })
}

/** Point → value of one device, once all the named points have a value. */
export function deviceValues(
  storage: string,
  device: string,
  points: readonly string[],
): Promise<Record<string, unknown>> {
  return until(`${points.join(', ')} of ${device}`, async () => {
    const status = await agentStatus(storage)
    const readings = status?.devices.find(candidate => candidate.name === device)?.readings ?? []
    const values = Object.fromEntries(readings.flatMap(r => (r.value === undefined ? [] : [[r.point, r.value]])))
    return points.every(point => point in values) ? values : undefined
  })
}
