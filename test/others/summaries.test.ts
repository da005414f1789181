import { execFileSync } from 'node:child_process'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Entry } from '@lineside/contract'
import { post } from '../../bench/src/ingest/post.ts'
import { bodyOf } from '../../cloud-receiver/src/ingest/testing.ts'
import { sampleOf, uuid } from '../../cloud-receiver/src/log/testing.ts'
import { startReceiverProcess } from '../../bench/src/receiver-process.ts'
import { describeWith, python } from '../needs.ts'
import { createFolder } from '../program.ts'

const t = Date.UTC(2026, 10, 21, 12)
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', '+00:00')

describeWith(['pyarrow'], 'pyarrow', () => {
  test('reads readings and summaries of one point together, and what both say of it', async () => {
    using folder = createFolder()
    await using receiver = await startReceiverProcess(`archive: { folder: ${join(folder.path, 'archive')} }`)
    const token = receiver.addGateway('gw')
    const summary: Entry = {
      k: 'summary',
      t,
      until: t + 59_000,
      device: 'press_3',
      points: { temp: { min: 70, max: 73.5, mean: 71, count: 3 } },
      names: [{ stream: uuid(1), seqs: [[1, 60]] }],
    }
    const entries = [summary, sampleOf('press_3', t + 60_000, { temp: 75 })]
    const agent = new Agent({ keepAlive: false })
    expect(await post(receiver.port, agent, token, bodyOf('gw', [{ stream: uuid(1), seq: 61, entries }]))).toBe(200)
    expect(await receiver.stop()).toBe(0)
    const script = join(import.meta.dirname, 'summaries-read.py')
    const seen = JSON.parse(execFileSync(python, [script, join(folder.path, 'archive')], { encoding: 'utf8' }))
    const nothing = { t_until: null, readings: null, value_min: null, value_max: null, quality: null }
    const summed = { t_until: iso(t + 59_000), readings: 3, value_min: 70, value_max: 73.5, quality: null }
    expect(seen.rows).toEqual([
      { point: 'temp', t: iso(t), value_double: 71, ...summed },
      { point: 'temp', t: iso(t + 60_000), value_double: 75, ...nothing },
    ])
    expect(seen).toMatchObject({ readings: 4, mean: 72, lowest: 70, highest: 75 })
  })
})
