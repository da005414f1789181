import { dispatch } from './commands/dispatch.ts'
import { commands } from './commands/table.ts'

// Who reads has enough (`| head`), which is no failure; the agent itself goes on without a reader.
const isService = process.argv[2] === 'run'
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!isService) process.exit(error.code === 'EPIPE' ? 0 : 1)
})
process.stderr.on('error', () => undefined)

const status = await dispatch(process.argv.slice(2), commands, {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  // The system's monotonic clock begins with the process.
  sinceMs: 0,
})
// At its own end the runtime waits for what a wedged serial port was asked last, and may wait for ever.
process.exitCode = status
if (isService) process.stdout.write('', () => process.stderr.write('', () => process.exit(status)))
