import type { Reporter, TestModule } from 'vitest/node'

/** Says at the end which tests were left out and how to get them. */
export class LeftOutReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const reason = /\[left out, needs (.*?)\]/.exec(test.fullName)?.[1] ?? `no reason given: ${test.fullName}`
        counts.set(reason, (counts.get(reason) ?? 0) + 1)
      }
    }
    if (counts.size === 0) return
    const lines = [...counts].map(
      ([reason, count]) => `  ${count} ${count === 1 ? 'test needs' : 'tests need'} ${reason}`,
    )
    process.stdout.write(`\nLeft out on this machine:\n${lines.join('\n')}\n\n`)
  }
}
