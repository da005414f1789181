import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeRequest, encodeReceipt, type Entry } from '@lineside/contract'
import { expect, test } from 'vitest'
import { TestAuthority } from '../../agent/src/uplink/testing.ts'
import { describeWith } from '../needs.ts'
import { createFolder, startProgram } from '../program.ts'

const faketime = 'faketime'

/** The environment that faketime gives a program: it passes no signals on, so the program runs without it. */
function yearBehind(): NodeJS.ProcessEnv {
  const args = ['--exclude-monotonic', '-f', '-400d', process.execPath, '-p', 'JSON.stringify(process.env)']
  const { LD_PRELOAD, FAKETIME, ...env }: NodeJS.ProcessEnv = JSON.parse(
    execFileSync(faketime, args, { encoding: 'utf8' }),
  )
  const more = Object.entries(env).filter(([name]) => /FAKE/.test(name))
  return { LD_PRELOAD, FAKETIME, ...Object.fromEntries(more) }
}

/** A receiver with a certificate of the plant's authority, and what it was sent. */
async function startReceiver(plant: TestAuthority) {
  const entries: Entry[] = []
  const highs = new Map<string, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const server = createServer(plant.sign(), (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const decoded = request.method === 'POST' ? decodeRequest(gunzipSync(Buffer.concat(chunks))) : undefined
      if (decoded?.ok !== true) {
        response.end()
        return
      }
      for (const batch of decoded.batches) {
        highs.set(batch.stream, batch.seq)
        entries.push(...batch.entries)
      }
      const streams = decoded.envelope.streams.map(({ stream }) => {
        const high = highs.get(stream)
        return { stream, acked: high === undefined ? [] : [[1, high] as const] }
      })
      response.end(encodeReceipt({ streams }))
      if (entries.length > 0) resolve()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, entries, sent: promise, port: (server.address() as AddressInfo).port }
}

describeWith(['faketime', 'openssl'], 'a machine whose clock is a year behind', () => {
  test('knows the receiver by its authority, takes the time from it, and sends what it held with right times', async () => {
    using plant = new TestAuthority()
    using folder = createFolder()
    const { server, entries, sent, port } = await startReceiver(plant)
    const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text, { mode: 0o600 })
    write('ca.pem', plant.pem)
    write('token', 'a-token-of-the-gateway\n')
    write(
      'lineside.yaml',
      `gateway: gw
storage: { path: ./buffer }
cloud: { url: "https://127.0.0.1:${port}", token: { file: token }, ca: ca.pem }
page: { listen: "127.0.0.1:0" }
`,
    )
    const started = Date.now()
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path, yearBehind())
    await sent
    const elapsed = Date.now() - started
    await agent.stop()
    server.closeAllConnections()
    server.close()
    expect(entries[0], agent.output()).toMatchObject({ k: 'state', state: 'started', clock: 'unsynchronised' })
    const off = Number(Object.entries(entries[0] ?? {}).find(([key]) => key === 't')?.[1]) - started
    expect(off).toBeGreaterThan(-1000)
    expect(off).toBeLessThan(elapsed + 1000)
  })
})
