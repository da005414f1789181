import { createConnection } from 'node:net'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RunningProgram, startProgram, until } from '../program.ts'

export interface Mosquitto extends AsyncDisposable {
  /** Ends it without a word. What it had written down by then it knows again after `start`. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Makes it write down its sessions, queues and retained messages, and waits until it has. */
  persist(): Promise<void>
  output(): string
}

/** A Mosquitto of its own in a folder. `settings` are lines of mosquitto.conf, listeners among them. */
export async function startMosquitto(folder: string, port: number, settings: readonly string[]): Promise<Mosquitto> {
  const file = join(folder, 'mosquitto.conf')
  const database = join(folder, 'mosquitto.db')
  // It gives up root for this user, who must be able to write the folder: so it stays what it is.
  const lines = [
    'persistence true',
    `persistence_location ${folder}/`,
    'user root',
    'set_tcp_nodelay true',
    ...settings,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  let program: RunningProgram | undefined
  const start = async () => {
    program = startProgram('mosquitto', ['-c', file, '-v'], folder)
    await until('Mosquitto', () => listens(port))
  }
  await start()
  return {
    start,
    async kill() {
      await program?.stop('SIGKILL')
    },
    async persist() {
      const before = stamp(database)
      program?.signal('SIGUSR1')
      await until('mosquitto.db', () => (stamp(database) !== before ? true : undefined))
    },
    output: () => program?.output() ?? '',
    async [Symbol.asyncDispose]() {
      await program?.stop('SIGKILL')
    },
  }
}

function stamp(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true })
  return stat ? `${stat.ino} ${stat.mtimeNs}` : ''
}

function listens(port: number): Promise<true | undefined> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(undefined))
  })
}
