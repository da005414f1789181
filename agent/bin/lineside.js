#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 node --max-semi-space-size=2 --v8-pool-size=1
// Starts the sources in a checkout and the compiled files in an installed package.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { setFlagsFromString } from 'node:v8'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `lineside needs Node 22.18 or newer, this is ${process.version}; in a checkout use: npx lineside\n`,
  )
  process.exit(2)
}

// One more flag for the memory, for which the first line has no room; see docs/decisions/small-young-generation.md.
setFlagsFromString('--heap-growing-percent=15')

const source = new URL('../src/main.ts', import.meta.url)
if (existsSync(source)) {
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['source', ...context.conditions] }),
  })
  await import(source.href)
} else {
  await import('../dist/main.js')
}
