import { dispatch } from './commands/dispatch.ts'
import { commands } from './commands/table.ts'

process.exitCode = await dispatch(process.argv.slice(2), commands, {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  // The system's monotonic clock begins with the process.
  sinceMs: 0,
})
