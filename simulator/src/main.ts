import { readFileSync } from 'node:fs'
import { systemClock } from '@lineside/contract'
import { helpText, parseArguments } from './commands/arguments.ts'
import { play } from './commands/play.ts'
import { SimulatorError } from './error.ts'
import { nodePlantIo } from './plant/node-io.ts'

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(1)
    ending.abort()
  })
}

// A ledger that can't be written on, met in a callback of a socket.
process.on('uncaughtException', error => {
  process.stderr.write(error instanceof SimulatorError ? sentence(error) : `${error.stack ?? String(error)}\n`)
  process.exit(1)
})

try {
  const args = parseArguments(process.argv.slice(2))
  if (args === 'help') process.stdout.write(helpText)
  else if (args === 'version') process.stdout.write(`${version()}\n`)
  else {
    await play(args, {
      clock: systemClock,
      io: nodePlantIo(process.env),
      signal: ending.signal,
      print: text => process.stdout.write(text),
      complain: text => process.stderr.write(text),
    })
  }
} catch (error) {
  if (!(error instanceof SimulatorError)) throw error
  process.stderr.write(sentence(error))
  process.exitCode = error.code === 'usage' ? 2 : 1
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}

function sentence(error: SimulatorError): string {
  return `lineside-sim: ${error.message}; ${error.hint}\n`
}
