import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get as getPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { get as getSecured } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '@lineside/contract'
import { Credentials } from '../../cloud-receiver/src/credentials/credentials.ts'
import { freePorts } from '../../demo/src/free-ports.ts'
import { startLife } from './programs.ts'

/** The real receiver as a process, in a folder of its own under the system's temporary one. */
export interface ReceiverProcess extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  /** The log's file. */
  readonly logPath: string
  /** Makes a gateway known; gives its token. */
  addGateway(name: string): string
  /** The sum of a metric over its labels; `name` without the receiver's prefix, with what it may stand between braces. */
  metric(name: string): Promise<number>
  /** SIGTERM; gives the exit status. */
  stop(): Promise<number | null>
}

const stopDeadlineMs = 60_000
/** As its launcher starts it. */
const flags = { NODE_OPTIONS: '--max-semi-space-size=8' }

interface ReceiverPlace {
  readonly env?: Readonly<Record<string, string>>
  /** Who vouches for its certificate, PEM, where the settings say TLS. */
  readonly ca?: string
}

/** Starts a receiver on loopback; `settings` are further lines of receiver.yaml. */
export async function startReceiverProcess(
  settings: string,
  { env = {}, ca }: ReceiverPlace = {},
): Promise<ReceiverProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-receiver-'))
  const [port = 0] = await freePorts(1)
  writeFileSync(join(folder, 'receiver.yaml'), `listen: "127.0.0.1:${port}"\ndata: ./data\n${settings}\n`)
  const credentials = Credentials.open(join(folder, 'data/credentials.db'), systemClock)
  const life = startLife('receiver', 'cloud-receiver/src/main.ts', ['run', 'receiver.yaml'], {
    folder,
    env: { ...flags, ...env },
  })
  for (let tries = 0; tries < 600 && !life.printed().includes('listening on'); tries++) await wait(100)
  return {
    pid: life.pid,
    port,
    logPath: join(folder, 'data/log.db'),
    addGateway(name) {
      const added = credentials.add(name)
      if (added.kind !== 'added') throw new Error(`gateway ${name}: ${added.kind}`)
      return added.token
    },
    async metric(name) {
      const page = await pageOf(port, '/metrics', ca)
      const lines = page.matchAll(/^lineside_receiver_(\w+)(\{.*\})? (\S+)$/gm)
      return [...lines].reduce((sum, [, found, labels = '', value]) => {
        return found === name || `${found}${labels}` === name ? sum + Number(value) : sum
      }, 0)
    },
    stop: () => life.stop(stopDeadlineMs),
    async [Symbol.asyncDispose]() {
      await life.kill()
      credentials[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function pageOf(port: number, path: string, ca: string | undefined): Promise<string> {
  const place = { host: '127.0.0.1', port, path, agent: false }
  const asked = ca === undefined ? getPlain(place) : getSecured({ ...place, ca })
  const [response]: IncomingMessage[] = await once(asked, 'response')
  if (response?.statusCode !== 200) throw new Error(`${path}: ${response?.statusCode}`)
  return text(response)
}
