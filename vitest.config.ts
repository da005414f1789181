import { defineConfig } from 'vitest/config'

const conditions = ['source']

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['*/src/**/*.test.ts'], exclude: ['test/**', 'demo/**', '**/node_modules/**'] },
      },
      {
        extends: true,
        test: {
          name: 'chain',
          include: ['test/**/*.test.ts', 'demo/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
