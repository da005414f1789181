import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rules } from '../../prove/src/rules/rules.ts'
import { createFolder, startProgram } from '../program.ts'

const main = join(import.meta.dirname, '../../prove/src/main.ts')

async function prove(...args: string[]) {
  using folder = createFolder()
  await using run = startProgram(process.execPath, ['--conditions=source', main, 'sim', ...args], folder.path)
  const status = await run.ended
  const output = run.output()
  return { status, output, report: JSON.parse(run.printed().trimEnd().split('\n').at(-1) ?? '') }
}

function history(output: string): readonly string[] {
  return output.split('\n').filter(line => /^\d+\.\d{3} |^violation/.test(line))
}

/** Walks take long where other programs want the machine too. */
const longestMs = 600_000

test(
  'the same seeds give the same history, in which every entry arrives once or is named by one gap',
  async () => {
    const [one, two] = await Promise.all([prove('--seeds', '25'), prove('--seeds', '25')])
    expect(one.status, one.output).toBe(0)
    expect(one.report).toMatchObject({ ok: true, walks: 25, violations: 0 })
    expect(one.report.entries).toBeGreaterThan(2500)
    expect(two.report.trace).toBe(one.report.trace)
  },
  longestMs,
)

test(
  'a walk that fails tells its history, and fails the same way again',
  async () => {
    const first = await prove('--without', 'G1', '--seeds', '40')
    const again = await prove('--without', 'G1', '--seeds', '1', '--from', String(first.report.seed))
    expect(history(first.output).length).toBeGreaterThan(100)
    expect(history(again.output)).toEqual(history(first.output))
  },
  longestMs,
)

// Most rules are missed within ten walks, the rarest within a hundred: the rules say where to begin.
test.concurrent.each(rules)(
  'without $name a walk fails: $without',
  async ({ name, finds, from = 1 }) => {
    const { status, output } = await prove('--without', name, '--from', String(from), '--seeds', '300')
    expect(status, output.slice(-2000)).toBe(1)
    expect(output).toContain(`violation: ${finds}`)
  },
  longestMs,
)
