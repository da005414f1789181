import { type ChildProcess, fork } from 'node:child_process'
import { on } from 'node:events'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Walk, walk, walkFolder } from './walk.ts'

/** Walks one seed after the other, while it is asked for more. */
export async function* walkAlone(seeds: readonly number[]): AsyncGenerator<Walk> {
  // oxlint-disable-next-line no-await-in-loop -- one walk after the other
  for (const seed of seeds) yield await walk(seed)
}

/** Walks many seeds, in a process for each core; gives them in the order of the seeds. */
export async function* walkTogether(seeds: readonly number[]): AsyncGenerator<Walk> {
  const walked = seeds.map(() => Promise.withResolvers<Walk>())
  let next = 0
  async function work(child: ChildProcess): Promise<void> {
    const answers = on(child, 'message', { close: ['exit'] })
    while (next < seeds.length) {
      const index = next++
      child.send(seeds[index] ?? 0)
      // oxlint-disable-next-line no-await-in-loop -- one walk after the other
      const { value } = await answers.next()
      if (value === undefined) throw new Error(`a process that walks ended by itself (${String(child.exitCode)})`)
      walked[index]?.resolve(value[0])
    }
  }
  const children = Array.from({ length: availableParallelism() }, () =>
    fork(join(import.meta.dirname, 'walk-process.ts'), { execArgv: ['--conditions=source'] }),
  )
  const failed = Promise.all(children.map(work)).then(() => undefined)
  try {
    for (const { promise } of walked) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      const result = await Promise.race([promise, failed])
      yield result ?? (await promise)
    }
  } finally {
    next = seeds.length
    for (const child of children) child.kill('SIGKILL')
    await failed.catch(() => undefined)
    for (const { pid } of children) rmSync(walkFolder(pid), { recursive: true, force: true })
  }
}
