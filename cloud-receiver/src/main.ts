import { dispatch } from './commands/dispatch.ts'
import { commands } from './commands/table.ts'

// Who reads has enough (`| head`), which is no failure; the receiver itself goes on without a reader.
const isService = process.argv[2] === 'run'
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!isService) process.exit(error.code === 'EPIPE' ? 0 : 1)
})
process.stderr.on('error', () => undefined)

process.exitCode = await dispatch(process.argv.slice(2), commands, {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
})
