import { defineConfig } from 'vitest/config'
import { LeftOutReporter } from './test/left-out.ts'

const conditions = ['source']

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Every core, and one module graph a worker: imports took longer than the tests.
    maxWorkers: '100%',
    isolate: false,
    reporters: ['default', new LeftOutReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['*/src/**/*.test.ts'],
          exclude: ['test/**', '**/node_modules/**'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'structure', include: ['test/structure/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'chain',
          include: ['test/chain/**/*.test.ts', 'test/others/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
