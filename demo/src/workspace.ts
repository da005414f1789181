import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'

/** Ports as they stand in lineside.yaml and plant.yaml; each run takes free ones instead. */
const writtenPorts = [15020, 15021, 15022, 15023, 15024, 18080] as const
const secrets = ['plug.secret', 'bridge.secret', 'panel.secret'] as const

/** A folder with the files that the three programs read. */
export interface Workspace extends Disposable {
  readonly folder: string
  readonly ledger: string
  readonly archive: string
  readonly buffer: string
  readonly receiverPort: number
  file(name: string): string
  /** Writes lineside.yaml once the token and the port of the uplink are known. */
  writeAgentConfig(token: string, uplinkPort: number): void
}

export async function createWorkspace(): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-demo-'))
  const file = (name: string) => join(folder, name)
  const ports = await freePorts(writtenPorts.length + 1)
  const place = (text: string) =>
    writtenPorts.reduce((all, written, i) => all.replaceAll(`127.0.0.1:${written}`, `127.0.0.1:${ports[i]}`), text)
  const receiverPort = ports.at(-1) ?? 0
  for (const name of secrets) writeSecret(file(name), randomBytes(18).toString('base64url'))
  writeFileSync(file('plant.yaml'), place(read('plant.yaml')))
  writeFileSync(file('receiver.yaml'), receiverConfig(receiverPort))
  return {
    folder,
    ledger: file('ledger.ndjson'),
    archive: file('archive'),
    buffer: file('buffer'),
    receiverPort,
    file,
    writeAgentConfig(token, uplinkPort) {
      writeSecret(file('token'), token)
      writeFileSync(
        file('lineside.yaml'),
        place(read('lineside.yaml')).replace('127.0.0.1:18443', `127.0.0.1:${uplinkPort}`),
      )
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function read(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
}

function writeSecret(path: string, value: string): void {
  writeFileSync(path, `${value}\n`, { mode: 0o600 })
}

function receiverConfig(port: number): string {
  return `listen: "127.0.0.1:${port}"
data: ./receiver-data
log: embedded
archive: { folder: ./archive, roll: { rows: 1000000, every: 5m } }
`
}
