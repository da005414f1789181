import { admitBatch, decodeRequest, emptySet } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer, BufferNotice } from './api.ts'
import { openBuffer } from './buffer.ts'
import { machineName } from './store/machine.ts'

let folder: string
const open: BatchBuffer[] = []
const log = pino({ level: 'silent' })

/** A receiver by the contract's rules: how often it logged each time. */
let logged: Map<number, number>
let sets: Map<string, IntervalSet>
/** Which stream follows which. */
let followed: Map<string, string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'copies-'))
  logged = new Map()
  sets = new Map()
  followed = new Map()
})
afterEach(async () => {
  for (const buffer of open.splice(0)) await buffer.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Gateway {
  readonly buffer: BatchBuffer
  readonly notices: BufferNotice['kind'][]
  take(t: number): Promise<void>
  /** Sends all that waits, naming every stream, as after each start. */
  send(): Promise<void>
}

async function start(path: string, machine: string, laterMs = 0): Promise<Gateway> {
  const storage = { path: join(folder, path), gateway: 'plant1-gw3', maxSizeBytes: 64e6, commitEveryMs: 1000, machine }
  const clock = new FakeClock(new FakeClock().now() + laterMs)
  const buffer = await openBuffer({ ...storage, clock, log, newId: randomUUID })
  open.push(buffer)
  const notices: BufferNotice['kind'][] = []
  buffer.onNotice(({ kind }) => notices.push(kind))
  return {
    buffer,
    notices,
    async take(t) {
      buffer.append('data', { k: 'sample', device: 'press_3', t, values: { temp: t } })
      await buffer.commit()
    },
    async send() {
      for (let nameAll = true; ; nameAll = false) {
        // oxlint-disable-next-line no-await-in-loop -- one request after the other
        const take = await buffer.next({ maxBytes: 4e6, nameAll })
        if (!take) return
        // oxlint-disable-next-line no-await-in-loop -- as above
        await buffer.settle(take.requestId, receive(take.body))
      }
    },
  }
}

function receive(body: Uint8Array) {
  const request = decodeRequest(gunzipSync(body))
  if (!request.ok) throw new Error(request.message)
  for (const batch of request.batches) {
    const admitted = admitBatch(batch, stream => sets.get(stream) ?? emptySet)
    for (const [stream, set] of admitted?.sets ?? []) sets.set(stream, set)
    for (const { entry } of admitted?.entries ?? []) {
      if (typeof entry['t'] === 'number' && entry.k === 'sample')
        logged.set(entry['t'], (logged.get(entry['t']) ?? 0) + 1)
    }
  }
  for (const { stream, follows } of request.envelope.streams) {
    if (follows !== undefined && sets.has(stream)) followed.set(stream, follows)
  }
  return {
    streams: request.envelope.streams.map(({ stream, follows }) => {
      const beside = [...followed].findLast(([name, of]) => of === follows && name !== stream)?.[0]
      return { stream, acked: sets.get(stream) ?? [], ...(beside === undefined ? {} : { beside }) }
    }),
  }
}

/** A run that takes one sample, which arrives. */
async function sent(t: number, ...run: Parameters<typeof start>): Promise<Gateway> {
  const gateway = await start(...run)
  await gateway.take(t)
  await gateway.send()
  return gateway
}

async function stop({ buffer }: Gateway): Promise<void> {
  await buffer.close()
}

const copy = (from: string, to: string) => cpSync(join(folder, from), join(folder, to), { recursive: true })
const each = (times: readonly number[]) => new Map(times.map(t => [t, 1]))

test('a backup that is put back loses and doubles nothing that it held, and an alarm says so', async () => {
  const first = await start('gw', 'a')
  await first.take(1)
  await first.take(2)
  copy('gw', 'backup')
  await first.take(3)
  await first.send()
  await stop(first)
  rmSync(join(folder, 'gw'), { recursive: true })
  copy('backup', 'gw')
  const again = await sent(4, 'gw', 'a')
  expect(logged).toEqual(each([1, 2, 3, 4]))
  expect(again.notices).toContain('restored')
})

test('two gateways from one card send what waited once, go on under names of their own, and the second one says so', async () => {
  const first = await start('gw', 'a')
  await first.take(1)
  await stop(first)
  copy('gw', 'copy')
  const one = await start('gw', 'a')
  const two = await start('copy', 'b')
  await one.take(2)
  await two.take(3)
  await one.send()
  await two.send()
  await one.take(4)
  await two.take(5)
  await two.send()
  await one.send()
  expect(logged).toEqual(each([1, 2, 3, 4, 5]))
  // The first one hears of it once it names all its streams again.
  expect(one.notices).toEqual(['copied'])
  expect(two.notices).toEqual(['moved', 'copied'])
})

test('a backup that was made while the agent was stopped, with all sent, is known when it is put back', async () => {
  const first = await sent(1, 'gw', 'a')
  await stop(first)
  copy('gw', 'backup')
  const second = await sent(2, 'gw', 'a')
  await stop(second)
  rmSync(join(folder, 'gw'), { recursive: true })
  copy('backup', 'gw')
  const again = await sent(3, 'gw', 'a')
  await again.send()
  expect(logged).toEqual(each([1, 2, 3]))
  expect([second.notices, again.notices]).toEqual([[], ['copied']])
  await stop(again)
  // Told once, whatever starts and sends after it.
  const later = await sent(4, 'gw', 'a')
  expect(later.notices).toEqual([])
})

test('two agents of one cold copy hear of each other, each once, also where one has nothing new to send', async () => {
  const first = await sent(1, 'gw', 'a')
  await stop(first)
  copy('gw', 'copy')
  const one = await sent(2, 'gw', 'a')
  const two = await sent(3, 'copy', 'a')
  expect([one.notices, two.notices]).toEqual([[], ['copied']])
  // A day later all streams are named.
  await one.send()
  await one.send()
  await two.send()
  expect([one.notices, two.notices]).toEqual([['copied'], ['copied']])
  await stop(one)
  await stop(two)
  const three = await sent(4, 'gw', 'a')
  const four = await sent(5, 'copy', 'a')
  expect([three.notices, four.notices]).toEqual([[], []])
  expect(logged).toEqual(each([1, 2, 3, 4, 5]))
})

test('a copy that comes after all its streams were forgotten is known all the same', async () => {
  const first = await sent(1, 'gw', 'a')
  await stop(first)
  copy('gw', 'copy')
  await sent(2, 'gw', 'a')
  const two = await sent(3, 'copy', 'a', 200 * 86_400_000)
  expect(two.notices).toEqual(['copied'])
})

test('a new buffer under a known name, and one that was healed, are no copies', async () => {
  const first = await sent(1, 'gw', 'a')
  await stop(first)
  const second = await sent(2, 'gw', 'a')
  await stop(second)
  writeFileSync(join(folder, 'gw', 'buffer.db'), 'damaged')
  rmSync(join(folder, 'gw', 'buffer.high'))
  const healed = await sent(3, 'gw', 'a')
  expect(healed.notices).toEqual(['salvaged'])
  const fresh = await sent(4, 'new', 'a')
  expect(fresh.notices).toEqual([])
  expect(logged).toEqual(each([1, 2, 3, 4]))
})

test('a card that was copied while its gateway ran is known by what the receiver has more', async () => {
  const one = await start('gw', 'a')
  await one.take(1)
  copy('gw', 'copy')
  await one.take(2)
  await one.send()
  // Without a serial number both look like the same machine.
  const two = await sent(3, 'copy', 'a')
  expect(logged).toEqual(each([1, 2, 3]))
  expect(two.notices).toContain('restored')
})

test('a machine is known by its board, else by its network cards, and a container is not', () => {
  const put = (root: string, file: string, text: string) => {
    mkdirSync(join(folder, root, file, '..'), { recursive: true })
    writeFileSync(join(folder, root, file), text)
  }
  put('pi', 'proc/device-tree/serial-number', '10000000abcdef01\0')
  put('pc', 'sys/class/net/eth0/address', '02:00:00:00:00:01\n')
  put('pc', 'sys/class/net/eth0/device/vendor', '')
  put('container', 'sys/class/net/veth7/address', '02:00:00:00:00:07\n')
  expect(machineName(join(folder, 'container'))).toBeUndefined()
  const names = ['pi', 'pc'].map(root => machineName(join(folder, root)))
  expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)])
  expect(new Set(names).size).toBe(2)
})
