import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { FakeClock } from '@lineside/contract/testing'
import { parseReceipt } from '@lineside/contract'
import { openBuffer } from '../../agent/src/buffer/buffer.ts'
import { findingOf } from '../../agent/src/buffer/notices/notice-findings.ts'
import { SimReceiver } from '../../prove/src/sim/receiver.ts'
import { Scheduler } from '../../prove/src/sim/scheduler.ts'
import { createFolder } from '../program.ts'

/** One run of an agent's buffer against the receiver's store: takes a value, sends all, and tells what alarms came of it. */
async function run(receiver: SimReceiver, path: string, value: number): Promise<readonly string[]> {
  const options = { gateway: 'plant1-gw3', maxSizeBytes: 64e6, commitEveryMs: 1000, machine: 'm' }
  const log = pino({ level: 'silent' })
  await using buffer = await openBuffer({ ...options, path, clock: new FakeClock(), log, newId: randomUUID })
  const alarms: string[] = []
  buffer.onNotice(notice => alarms.push(findingOf(notice).alarm))
  buffer.append('data', { k: 'sample', device: 'press_3', t: value, values: { value } })
  await buffer.commit()
  for (let nameAll = true; ; nameAll = false) {
    // oxlint-disable-next-line no-await-in-loop -- one request after the other
    const take = await buffer.next({ maxBytes: 4e6, nameAll })
    if (!take) return alarms
    const parsed = parseReceipt(receiver.handle(take.body)?.body ?? '')
    if (!parsed.ok) throw new Error(parsed.message)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await buffer.settle(take.requestId, parsed.receipt)
  }
}

test('a backup of a stopped agent that is put back a run later stores each value once, and one alarm is raised', async () => {
  using folder = createFolder()
  const [gateway, backup] = [join(folder.path, 'gw'), join(folder.path, 'backup')]
  using receiver = new SimReceiver(folder.path, new Scheduler(1, folder.path))
  expect(await run(receiver, gateway, 1)).toEqual([])
  cpSync(gateway, backup, { recursive: true })
  expect(await run(receiver, gateway, 2)).toEqual([])
  rmSync(gateway, { recursive: true })
  cpSync(backup, gateway, { recursive: true })
  expect(await run(receiver, gateway, 3)).toEqual(['buffer_restored'])
  expect(await run(receiver, gateway, 4)).toEqual([])
  // The backup is started beside it, as a second machine: both are told, each once, whichever receiver runs then.
  receiver.crash()
  expect(await run(receiver, backup, 5)).toEqual(['buffer_restored'])
  expect(await run(receiver, gateway, 6)).toEqual(['buffer_restored'])
  expect(await run(receiver, gateway, 7)).toEqual([])
  expect(await run(receiver, backup, 8)).toEqual([])
  const values = receiver.readAll().map(({ json }) => JSON.parse(json).values.value)
  expect(values.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})
