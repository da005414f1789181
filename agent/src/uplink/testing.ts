import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const openssl = 'openssl'
export const hasOpenssl = spawnSync(openssl, ['version']).status === 0
/** A left-out test says how to get it. */
export const needsOpenssl = hasOpenssl ? '' : ' [left out, needs openssl (apt-get install openssl)]'

interface Wanted {
  readonly from?: Date
  readonly until?: Date
  readonly host?: string
  readonly usage?: 'serverAuth' | 'clientAuth'
}

const settings = `
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
unique_subject = no
policy = policy
[policy]
commonName = supplied
`
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** A certificate authority in a folder of its own, and what it signed. */
export class TestAuthority implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'authority-'))
  #count = 0

  constructor() {
    writeFileSync(join(this.#folder, 'index.txt'), '')
    writeFileSync(join(this.#folder, 'serial'), '01\n')
    this.#run('req', '-x509', ...curve, '-days', '9000', '-subj', '/CN=plant', '-keyout', 'ca.key', '-out', 'ca.pem')
  }

  get pem(): string {
    return this.#read('ca.pem')
  }

  /** Key and certificate of a server, by default for this machine and for two days. */
  sign({ from, until, host = '127.0.0.1', usage = 'serverAuth' }: Wanted = {}): { key: string; cert: string } {
    const name = `c${++this.#count}`
    const names = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`
    const own = `[ext]\nsubjectAltName = ${names}\nextendedKeyUsage = ${usage}\nbasicConstraints = CA:FALSE\n`
    writeFileSync(join(this.#folder, `${name}.cnf`), settings + own)
    this.#run('req', '-new', ...curve, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const dates = [
      ...(from === undefined ? [] : ['-startdate', stamp(from)]),
      '-enddate',
      stamp(until ?? new Date((from ?? new Date()).getTime() + 2 * 86_400_000)),
    ]
    const parties = ['-cert', 'ca.pem', '-keyfile', 'ca.key', '-in', `${name}.csr`, '-out', `${name}.pem`]
    this.#run('ca', '-batch', '-notext', '-config', `${name}.cnf`, '-extensions', 'ext', ...dates, ...parties)
    return { key: this.#read(`${name}.key`), cert: this.#read(`${name}.pem`) }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8')
  }

  #run(...args: string[]): void {
    const done = spawnSync(openssl, args, { cwd: this.#folder, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(done.stderr)
  }
}

function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
}
