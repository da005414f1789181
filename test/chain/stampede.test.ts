import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWith } from '../needs.ts'
import { createFolder, startProgram } from '../program.ts'

const main = join(import.meta.dirname, '../../bench/src/main.ts')

describeWith(['openssl'], 'gateways that come back together', () => {
  test('are all drained, are told to wait where there is no room, and nothing else, in bounded memory', async () => {
    using folder = createFolder()
    const args = ['--conditions=source', main, 'stampede', '--gateways', '100', '--seconds', '1200']
    await using bench = startProgram(process.execPath, args, folder.path)
    expect(await bench.ended, bench.output()).toBe(0)
    const figures = JSON.parse(bench.printed().trimEnd().split('\n').at(-1) ?? '')
    expect(figures).toMatchObject({ otherwise: {}, notDrained: 0, miscounted: 0, isBounded: true })
    expect(figures.toldToWait).toBeGreaterThan(0)
    expect(figures.memoryPeakMb).toBeLessThanOrEqual(figures.memoryLimitMb)
  })
})
