import { type Program, startFromSources } from '../../demo/src/program.ts'

/** Starts a program that may be killed and started again; one that ends by itself is told of. */
export function startLife(...of: Parameters<typeof startFromSources>): Program {
  const program = startFromSources(...of)
  program.failed.catch((error: Error) => process.stderr.write(`${error.message}\n`))
  return program
}
