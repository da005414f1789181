import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { testIo } from '../config/testing.ts'
import { createPost } from './http.ts'

const folder = mkdtempSync(join(tmpdir(), 'lineside-http-'))
const openssl = 'openssl'
const hasOpenssl = spawnSync(openssl, ['version']).status === 0
/** A left-out test says how to get it. */
const needs = hasOpenssl ? '' : ' [left out, needs openssl (apt-get install openssl)]'

/** A key and a certificate that signs itself. */
function make(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const made = spawnSync(openssl, [...args, ...subject, '-keyout', `${name}.key`, '-out', `${name}.pem`], {
    cwd: folder,
  })
  if (made.status !== 0) throw new Error(made.stderr.toString())
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8')

/** A receiver that says whose certificate it was shown. */
async function receiver() {
  const server = createServer(
    {
      cert: read('server.pem'),
      key: read('server.key'),
      ca: read('gateway.pem'),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const name = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate()?.subject : ''
      request.resume().on('end', () => response.end(String(name)))
    },
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function poster(cloud: string) {
  const file = join(folder, 'lineside.yaml')
  writeFileSync(join(folder, 'token'), 'a-token\n')
  writeFileSync(file, `gateway: gw\nstorage: { path: buffer }\ncloud: { ${cloud}, token: { file: token } }\n`)
  const { config, problems } = loadConfig(file, testIo())
  if (!config?.cloud) throw new Error(problems.map(({ message }) => message).join('; '))
  return createPost(config.cloud)
}

async function post(cloud: string) {
  return poster(cloud)(new Uint8Array(10), new AbortController().signal)
}

beforeAll(() => {
  if (!hasOpenssl) return
  make('server')
  make('gateway')
})
afterAll(() => rmSync(folder, { recursive: true }))

test.skipIf(!hasOpenssl)(
  `the receiver is believed where the CA file vouches for it, and not without${needs}`,
  async () => {
    await using server = await receiver()
    const { port } = server.address() as AddressInfo
    const url = `url: "https://127.0.0.1:${port}"`
    expect(await post(`${url}, ca: server.pem`)).toMatchObject({ status: 200, body: 'undefined' })
    expect(await post(url)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('self-signed') })
    expect(await post(`${url}, ca: gateway.pem`)).toMatchObject({ kind: 'failed' })
  },
)

test.skipIf(!hasOpenssl)(`the gateway shows its certificate${needs}`, async () => {
  await using server = await receiver()
  const { port } = server.address() as AddressInfo
  const own = 'client_cert: { cert: gateway.pem, key: { file: gateway.key } }'
  const answer = await post(`url: "https://127.0.0.1:${port}", ca: server.pem, ${own}`)
  expect(answer).toMatchObject({ status: 200, body: 'CN=gateway' })
})

test.skipIf(!hasOpenssl)(`through a proxy goes a tunnel: it sees neither token nor readings${needs}`, async () => {
  await using server = await receiver()
  const { port } = server.address() as AddressInfo
  const asked: string[] = []
  let seen = ''
  let back = 0
  const tunnels: Duplex[] = []
  await using proxy = createProxy()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    tunnels.push(socket)
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')))
      target.on('data', (chunk: Buffer) => (back += chunk.length))
      socket.pipe(target).pipe(socket)
    })
    socket.on('error', () => target.destroy())
    target.on('error', () => socket.destroy())
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const through = `proxy: "http://127.0.0.1:${(proxy.address() as AddressInfo).port}"`
  const send = poster(`url: "https://localhost:${port}", ca: server.pem, ${through}`)
  let counted = 0
  for (let request = 0; request < 5; request++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as the uplink does
    const answer = await send(new Uint8Array(10), new AbortController().signal)
    expect(answer).toMatchObject({ status: 200 })
    counted += answer.carriedBytes ?? 0
  }
  for (const tunnel of tunnels) tunnel.destroy()
  // Kept open: one handshake for all.
  expect(asked).toEqual([`localhost:${port}`])
  expect(seen).not.toContain('a-token')
  // What the proxy saw, and the lines by which the tunnel was asked for.
  expect(counted).toBeGreaterThan(seen.length + back)
  expect(counted).toBeLessThan(seen.length + back + 300)
})

test.skipIf(!hasOpenssl)(`files that can't be used are named before the start${needs}`, async () => {
  const url = 'url: "https://localhost:1"'
  const refused = (cloud: string) => expect(async () => post(`${url}, ${cloud}`)).rejects
  await refused('ca: none.pem').toThrow('none.pem can not be read')
  await refused('ca: token').toThrow('is not PEM')
  await refused('client_cert: { cert: gateway.pem, key: { file: server.key } }').toThrow('its key can not be used')
  await refused('proxy: "socks5://host:1"').toThrow('is not the URL of an HTTP proxy')
  await refused('proxy: "http://u:p@host:1"').toThrow('holds a user or password')
})
