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

async function ask(order: 'tick' | 'recover' | 'count' | 'close'): Promise<Answer> {
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

/** A disk that fails while the control file holds a number; starts what works with the buffer on it. */
function faultyDisk() {
  const library = join(folder, 'fault.so')
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'disk-fault.testdata.c'), '-ldl'])
  const control = join(folder, 'control')
  const path = join(folder, 'buffer')
  const env = { LD_PRELOAD: library, LINESIDE_DISK_FAULT: control, LINESIDE_DISK_FAULT_PATH: path }
  const set = (number: number) => writeFileSync(control, String(number))
  set(0)
  return { set, start: () => start(path, env) }
}

describeWith(['gcc'], 'a disk that fails', () => {
  test.each([
    ['EIO', /disk I\/O error/],
    ['EROFS', /./],
    ['ENOSPC', /full/],
    ['EDQUOT', /./],
  ] as const)('with %s is waited for, in memory, and everything is committed once it works', async (name, reason) => {
    const disk = faultyDisk()
    await disk.start()
    await goThrough(
      () => disk.set(constants.errno[name]),
      () => disk.set(0),
      reason,
    )
  })

  test.each([
    ['EIO', true],
    ['EROFS', false],
    ['EROFS', true],
    ['ENOSPC', false],
    ['ENOSPC', true],
  ] as const)('with %s from the start on is waited for too, with a buffer there: %s', async (name, isThere) => {
    const disk = faultyDisk()
    if (isThere) {
      await disk.start()
      for (let n = 0; n < 10; n++) await ask('tick')
      await ask('close')
    }
    disk.set(constants.errno[name])
    await disk.start()
    for (let n = 1; n <= 10; n++) {
      const { state, reason, pending, notices } = await ask('tick')
      expect({ state, pending, notices }).toEqual({ state: 'failing', pending: 2 * n, notices: ['failing'] })
      expect(reason).toMatch(/^it can't be opened: ./)
    }
    disk.set(0)
    await ask('recover')
    await ask('tick')
    const after = await ask('count')
    const all = isThere ? 21 : 11
    expect(after).toMatchObject({ state: 'ok', pending: 0, dropped: 0, counts: { sample: all, alarm: all } })
    expect(after.notices).toEqual(['failing', 'recovered'])
  })

  test('for longer than memory lasts costs the oldest data first, never an alarm, and a gap says so', async () => {
    const disk = faultyDisk()
    await disk.start()
    await ask('tick')
    disk.set(constants.errno.EIO)
    let dropped = 0
    let ticks = 1
    for (; dropped < 5 && ticks < 1000; ticks++) ({ dropped } = await ask('tick'))
    disk.set(0)
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

  test.each([false, true])('that is full at the start is waited for too, with a buffer there: %s', async isThere => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', disk])
    try {
      if (isThere) {
        await start(join(disk, 'buffer'))
        for (let n = 0; n < 10; n++) await ask('tick')
        await ask('close')
      }
      const filler = join(disk, 'core dump')
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(filler, Buffer.alloc(bavail * bsize))
      await start(join(disk, 'buffer'))
      for (let n = 1; n <= 5; n++) expect(await ask('tick')).toMatchObject({ state: 'failing', pending: 2 * n })
      rmSync(filler)
      await ask('recover')
      const all = isThere ? 15 : 5
      const { counts, notices } = await ask('count')
      expect({ counts, notices }).toMatchObject({
        counts: { sample: all, alarm: all },
        notices: ['failing', 'recovered'],
      })
      expect(counts['gap']).toBeUndefined()
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

  test('that is read-only at the start is waited for, and its reason is told', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m,ro', 'tmpfs', disk])
    try {
      await start(join(disk, 'buffer'))
      const { state, reason, notices } = await ask('tick')
      expect({ state, notices }).toEqual({ state: 'failing', notices: ['failing'] })
      expect(reason).toMatch(/can't be opened.*read-only file system.*storage\.path/)
      execFileSync('mount', ['-o', 'remount,rw', disk])
      await ask('recover')
      expect(await ask('count')).toMatchObject({ state: 'ok', dropped: 0, notices: ['failing', 'recovered'] })
      await ask('close')
    } finally {
      child?.kill('SIGKILL')
      execFileSync('umount', ['-l', disk])
    }
  })
})
