import { execFileSync, fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../test/needs.ts'

interface Answer {
  readonly state: string
  readonly reason?: string
  readonly pending: number
  readonly dropped: number
  readonly notices: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

let folder: string
let child: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-trouble-'))
})
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

async function start(path: string, env: Readonly<Record<string, string>> = {}, minFree = 0): Promise<void> {
  child = fork(new URL('./disk-trouble.testdata.ts', import.meta.url), [path, String(minFree)], {
    execArgv: ['--conditions=source'],
    env: { ...process.env, ...env },
  })
  const [ready] = await once(child, 'message')
  expect(ready).toBe('ready')
}

async function ask(order: 'tick' | 'stats' | 'count' | 'close'): Promise<Answer> {
  if (!child) throw new Error('nothing runs')
  const answer = once(child, 'message')
  child.send(order)
  return (await answer)[0]
}

/** Ten seconds before, during and after the trouble: all of it must be there in the end. */
async function goThrough(trouble: () => void, end: () => void, reason: RegExp): Promise<void> {
  for (let n = 0; n < 10; n++) expect(await ask('tick')).toMatchObject({ state: 'ok', pending: 0 })
  trouble()
  for (let n = 1; n <= 10; n++) {
    const { state, reason: why, pending } = await ask('tick')
    expect({ state, pending }).toEqual({ state: 'failing', pending: 2 * n })
    expect(why).toMatch(reason)
  }
  end()
  for (let n = 0; n < 10; n++) await ask('tick')
  const after = await ask('count')
  expect(after).toMatchObject({ state: 'ok', pending: 0, dropped: 0, counts: { sample: 30, alarm: 30 } })
  expect(after.notices).toEqual(['failing', 'recovered'])
}

describeWith(['gcc'], 'a disk that fails', () => {
  test.each([
    ['EIO', /disk I\/O error/],
    ['EROFS', /./],
    ['ENOSPC', /full/],
    ['EDQUOT', /./],
  ] as const)('with %s is waited for, in memory, and everything is committed once it works', async (name, reason) => {
    const library = join(folder, 'fault.so')
    const source = join(import.meta.dirname, 'disk-fault.testdata.c')
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
    const control = join(folder, 'control')
    writeFileSync(control, '0')
    const path = join(folder, 'buffer')
    const env = { LD_PRELOAD: library, LINESIDE_DISK_FAULT: control, LINESIDE_DISK_FAULT_PATH: path }
    await start(path, env)
    const set = (number: number) => () => writeFileSync(control, String(number))
    await goThrough(set(constants.errno[name]), set(0), reason)
  })

  test('for longer than memory lasts costs the oldest data first, never an alarm, and a gap says so', async () => {
    const library = join(folder, 'fault.so')
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'disk-fault.testdata.c'), '-ldl'])
    const control = join(folder, 'control')
    writeFileSync(control, '0')
    const path = join(folder, 'buffer')
    await start(path, { LD_PRELOAD: library, LINESIDE_DISK_FAULT: control, LINESIDE_DISK_FAULT_PATH: path })
    await ask('tick')
    writeFileSync(control, String(constants.errno.EIO))
    let dropped = 0
    let ticks = 1
    for (; dropped < 5 && ticks < 1000; ticks++) ({ dropped } = await ask('tick'))
    writeFileSync(control, '0')
    await ask('tick')
    const { counts, state, dropped: gone } = await ask('count')
    expect(state).toBe('ok')
    expect(counts['alarm']).toBe(ticks + 1)
    expect(counts['sample']).toBe(ticks + 1 - gone)
    expect(counts['gap']).toBeGreaterThan(0)
  })
})

describeWith(['mount'], 'a file system', () => {
  test('that is full is waited for, and everything is committed once there is room', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', disk])
    try {
      await start(join(disk, 'buffer'))
      const filler = join(disk, 'core dump')
      const fill = () => {
        const { bavail, bsize } = statfsSync(disk)
        writeFileSync(filler, Buffer.alloc(bavail * bsize))
      }
      await goThrough(fill, () => rmSync(filler), /full/)
      await ask('close')
    } finally {
      child?.kill('SIGKILL')
      execFileSync('umount', ['-l', disk])
    }
  })

  test.each([
    ['90m', 100e6],
    ['4m', 100e6],
  ])('of %s, less than what should stay free, holds all that comes in, and is told of', async (size, minFree) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk])
    try {
      await start(join(disk, 'buffer'), {}, minFree)
      for (let n = 0; n < 50; n++) expect(await ask('tick')).toMatchObject({ state: 'ok', pending: 0 })
      const after = await ask('count')
      expect(after).toMatchObject({ dropped: 0, counts: { sample: 50, alarm: 50 }, notices: ['disk_short'] })
      expect(after.counts['gap']).toBeUndefined()
      await ask('close')
    } finally {
      child?.kill('SIGKILL')
      execFileSync('umount', ['-l', disk])
    }
  })

  test('that is read-only at the start is named, with what to do', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,ro', 'tmpfs', disk])
    try {
      const { openBuffer } = await import('./buffer.ts')
      const { FakeClock } = await import('@lineside/contract/testing')
      const { pino } = await import('pino')
      const options = { path: join(disk, 'buffer'), gateway: 'g', maxSizeBytes: 64e6, commitEveryMs: 1000 }
      const log = pino({ level: 'silent' })
      await expect(openBuffer({ ...options, clock: new FakeClock(), log, newId: () => 'x' })).rejects.toMatchObject({
        code: 'open_failed',
        message: expect.stringContaining('read-only file system'),
        hint: expect.stringContaining('storage.path'),
      })
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
