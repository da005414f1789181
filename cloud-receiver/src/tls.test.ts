import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '@lineside/contract'
import { parseConfig } from './config/config.ts'
import { nodeSecrets } from './config/node-secrets.ts'
import { readTls } from './config/tls-files.ts'
import { startReceiver } from './receiver.ts'

const folder = mkdtempSync(join(tmpdir(), 'lineside-tls-'))
const openssl = 'openssl'
const hasOpenssl = spawnSync(openssl, ['version']).status === 0
/** A left-out test says how to get it. */
const needs = hasOpenssl ? '' : ' [left out, needs openssl (apt-get install openssl)]'

/** A key and a certificate that signs itself. */
function make(name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const made = spawnSync(openssl, [...args, ...subject, '-keyout', key, '-out', cert])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  return { cert, key }
}

function get(options: RequestOptions): Promise<number | string> {
  return new Promise(resolve => {
    const sent = request({ host: '127.0.0.1', path: '/healthz', agent: false, ...options }, response => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    sent.end()
  })
}

async function running(yaml: string) {
  const loaded = parseConfig(join(folder, 'receiver.yaml'), yaml, nodeSecrets({}))
  if (!loaded.ok) throw new Error(loaded.problems[0]?.message)
  const receiver = await startReceiver(loaded.config, systemClock, pino({ level: 'silent' }))
  return { url: receiver.url, port: Number(new URL(receiver.url).port), [Symbol.asyncDispose]: () => receiver.stop() }
}

let server: ReturnType<typeof make>
let gateway: ReturnType<typeof make>
beforeAll(() => {
  if (!hasOpenssl) return
  server = make('server')
  gateway = make('gateway')
})
afterAll(() => rmSync(folder, { recursive: true }))

test.skipIf(!hasOpenssl)(`with a certificate it speaks TLS 1.2 or newer and nothing else${needs}`, async () => {
  await using receiver = await running('listen: "127.0.0.1:0"\ntls: { cert: server.pem, key: { file: server.key } }\n')
  const texts = readTls({ cert: server.cert, key: { file: server.key }, clientCa: undefined })
  expect(receiver.url).toBe(`https://127.0.0.1:${receiver.port}`)
  const options = { port: receiver.port, ca: texts?.cert ?? '' }
  expect(await get(options)).toBe(200)
  expect(await get({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })).toMatch(
    /PROTO/,
  )
  const plain = await fetch(`http://127.0.0.1:${receiver.port}/healthz`).then(
    () => 'answered',
    () => 'refused',
  )
  expect(plain).toBe('refused')
})

test.skipIf(!hasOpenssl)(`with a client CA only who shows a certificate of it is heard${needs}`, async () => {
  const yaml =
    'tls: { cert: server.pem, key: { file: server.key }, client_ca: gateway.pem }\ndata: second\narchive: off\n'
  await using receiver = await running(`listen: "127.0.0.1:0"\n${yaml}`)
  const ca = readTls({ cert: server.cert, key: { file: server.key }, clientCa: undefined })?.cert ?? ''
  const own = readTls({ cert: gateway.cert, key: { file: gateway.key }, clientCa: undefined })
  const options = { port: receiver.port, ca }
  expect(await get({ ...options, cert: own?.cert, key: own?.key })).toBe(200)
  expect(await get(options)).not.toBe(200)
})

test.skipIf(!hasOpenssl)(
  `a key that does not belong to the certificate is found before anything starts${needs}`,
  () => {
    expect(() => readTls({ cert: server.cert, key: { file: gateway.key }, clientCa: undefined })).toThrow(
      /certificate .*server\.pem and its key can't be used/,
    )
  },
)

test('a file that is not there is an error that names the key of the configuration', () => {
  writeFileSync(join(folder, 'empty.pem'), '')
  const cert = join(folder, 'empty.pem')
  expect(() => readTls({ cert, key: { file: join(folder, 'none') }, clientCa: undefined })).toThrow(
    /tls\.key: can't read/,
  )
  expect(() => readTls({ cert, key: { env: 'LINESIDE_NO_SUCH' }, clientCa: undefined })).toThrow(/LINESIDE_NO_SUCH/)
})
