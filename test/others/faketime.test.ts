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
import { agentStatus, createFolder, startProgram, until } from '../program.ts'

const faketime = 'faketime'

/**
 * A clock that can be set while a program runs: what a file in the folder says, as `+730d`. The environment is
 * what faketime gives a program: it passes no signals on, so the program runs without it.
 */
function settableClock(folder: string, offset: string) {
  const file = join(folder, 'clock')
  const set = (to: string) => writeFileSync(file, to)
  set(offset)
  const args = ['--exclude-monotonic', '-f', offset, process.execPath, '-p', 'JSON.stringify(process.env)']
  const { LD_PRELOAD, ...env }: NodeJS.ProcessEnv = JSON.parse(execFileSync(faketime, args, { encoding: 'utf8' }))
  const more = Object.entries(env).filter(([name]) => /FAKE/.test(name) && name !== 'FAKETIME')
  const follow = { FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' }
  return { env: { LD_PRELOAD, ...Object.fromEntries(more), ...follow }, set }
}

/** A receiver with a certificate of the plant's authority, its clock so far ahead, and what it was sent. */
async function startReceiver(plant: TestAuthority, aheadMs = 0) {
  const entries: Entry[] = []
  const highs = new Map<string, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const server = createServer(plant.sign(), (request, response) => {
    response.setHeader('Date', new Date(Date.now() + aheadMs).toUTCString())
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
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  const hangUp = () => server.closeAllConnections()
  return { entries, sent: promise, port: (server.address() as AddressInfo).port, stop, hangUp }
}

/** Makes the files of a gateway that has this receiver. */
function configure(folder: string, plant: TestAuthority, port: number): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  write('ca.pem', plant.pem)
  write('token', 'a-token-of-the-gateway\n')
  write(
    'lineside.yaml',
    `gateway: gw
storage: { path: ./buffer }
cloud: { url: "https://127.0.0.1:${port}", token: { file: token }, ca: ca.pem }
page: { listen: "127.0.0.1:0" }
links: { hall: { modbus_tcp: "127.0.0.1:9", timeout: 100ms } }
devices: { press: { profile: xy/md02, link: hall, unit_id: 4 } }
`,
  )
}

function timeOf(entry: Entry | undefined): number {
  return Number(Object.entries(entry ?? {}).find(([key]) => key === 't')?.[1])
}

describeWith(['faketime', 'openssl'], 'a machine whose clock is a year behind', () => {
  test('knows the receiver by its authority, takes the time from it, and sends what it held with right times', async () => {
    using plant = new TestAuthority()
    using folder = createFolder()
    const { entries, sent, port, stop } = await startReceiver(plant)
    configure(folder.path, plant, port)
    const started = Date.now()
    const { env } = settableClock(folder.path, '-400d')
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path, env)
    await sent
    const elapsed = Date.now() - started
    const [press] = (await agentStatus(join(folder.path, 'buffer')))?.devices ?? []
    expect(Math.abs((press?.since ?? 0) - started)).toBeLessThan(60_000)
    await agent.stop()
    stop()
    const data = entries.filter(({ k }) => k !== 'alarm')
    expect(data[0], agent.output()).toMatchObject({ k: 'device', device: 'press', clock: 'unsynchronised' })
    expect(data[1]).toMatchObject({ k: 'state', state: 'started', clock: 'unsynchronised' })
    expect(data.map(timeOf)).toEqual(data.map(timeOf).toSorted((a, b) => a - b))
    const off = timeOf(data[0]) - started
    expect(off).toBeGreaterThan(-1000)
    expect(off).toBeLessThan(elapsed + 1000)
  })
})

describeWith(['faketime', 'openssl'], 'a machine whose clock is two years ahead', () => {
  test('believes no certificate that has ended, says so at once, and sends as soon as somebody sets its clock', async () => {
    using plant = new TestAuthority()
    using folder = createFolder()
    const { entries, sent, port, stop } = await startReceiver(plant)
    configure(folder.path, plant, port)
    const started = Date.now()
    const clock = settableClock(folder.path, '+730d')
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path, clock.env)
    const what = /RAISED +medium +gw clock_doubtful .*certificate has ended, but the receiver says .*: set the clock/
    await until('an alarm', () => what.test(agent.output()) || undefined)
    const status = startProgram('lineside', ['status'], folder.path, clock.env)
    await status.ended
    expect(status.output()).toMatch(
      /^clock: wrong, what is read waits here until the time is known: .*: set the clock$/m,
    )
    expect(entries).toEqual([])
    clock.set('+0d')
    await sent
    const elapsed = Date.now() - started
    await agent.stop()
    stop()
    const off = timeOf(entries[0]) - started
    expect(off, agent.output()).toBeGreaterThan(-1000)
    expect(off).toBeLessThan(elapsed + 1000)
  })

  test('goes on where it knew better before somebody set it so', async () => {
    using plant = new TestAuthority()
    using folder = createFolder()
    const { entries, sent, port, stop, hangUp } = await startReceiver(plant)
    configure(folder.path, plant, port)
    const clock = settableClock(folder.path, '+0d')
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path, clock.env)
    await sent
    clock.set('+730d')
    await until('notice', () => agent.output().includes("the machine's clock was set") || undefined)
    hangUp()
    await agent.stop()
    stop()
    expect(entries.at(-1), agent.output()).toMatchObject({ k: 'state', state: 'stopped' })
    expect(Math.abs(timeOf(entries.at(-1)) - Date.now())).toBeLessThan(60_000)
  })
})

describeWith(['openssl'], 'a receiver whose clock was two minutes ahead', () => {
  test('spoils no time of a later run of the agent, in the same boot, once it is right', async () => {
    using plant = new TestAuthority()
    using folder = createFolder()
    for (const aheadMs of [120_000, 0]) {
      // oxlint-disable no-await-in-loop -- one run after the other
      const { entries, sent, port, stop } = await startReceiver(plant, aheadMs)
      configure(folder.path, plant, port)
      const started = Date.now()
      await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
      await sent
      await agent.stop()
      stop()
      // oxlint-enable no-await-in-loop
      expect(entries.length, agent.output()).toBeGreaterThan(0)
      if (aheadMs > 0) continue
      const latest = Math.max(...entries.map(timeOf))
      expect(latest - started, agent.output()).toBeLessThanOrEqual(Date.now() - started + 1000)
    }
  })
})
