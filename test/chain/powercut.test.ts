import { join } from 'node:path'
import { expect, test } from 'vitest'
import { powerRules } from '../../prove/src/rules/power-rules.ts'
import { describeWith } from '../needs.ts'
import { createFolder, startProgram } from '../program.ts'

const main = join(import.meta.dirname, '../../prove/src/main.ts')

async function prove(...args: string[]) {
  using folder = createFolder()
  await using run = startProgram(process.execPath, ['--conditions=source', main, 'powercut', ...args], folder.path)
  const status = await run.ended
  return { status, output: run.output(), report: JSON.parse(run.printed().trimEnd().split('\n').at(-1) ?? '') }
}

describeWith(['cc'], 'power cuts', () => {
  test('what a power cut may leave holds every committed batch, or says what is missing', async () => {
    const { status, output, report } = await prove('--cuts', '150')
    expect(status, output.slice(-2000)).toBe(0)
    expect(report).toMatchObject({ ok: true, cuts: 150, violations: 0 })
    expect(report.changes).toBeGreaterThan(1000)
    expect(report.healed).toBeGreaterThan(0)
  })

  test.each(powerRules)('without $name a cut is found that loses something: $without', async ({ name, finds }) => {
    // In this workload each rule is missed by dozens of the cuts.
    const { status, output } = await prove('--cuts', '600', '--seed', '8', '--without', name)
    expect(status, output.slice(-2000)).toBe(1)
    expect(output).toContain(`: ${finds}: `)
  })
})
