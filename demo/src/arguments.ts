import { messageOf } from '@lineside/contract'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { shortestRunSeconds } from './story.ts'

export interface DemoArguments {
  /** Undefined: until Ctrl-C. */
  readonly seconds: number | undefined
  readonly report: string | undefined
  /** Keep configuration, ledger, buffer and archive in this folder. */
  readonly keep: string | undefined
}

export const usage = `usage: npm run demo [-- --seconds N] [--report FILE] [--keep FOLDER]

  --seconds N     end after N seconds (at least ${shortestRunSeconds}) instead of with Ctrl-C
  --report FILE   write what was produced, stored and lost as JSON
  --keep FOLDER   copy configuration, logs, ledger and archive to a folder when all has ended

exit status: 0 every reading arrived exactly once, 1 it did not, 2 wrong usage
`

export type ParsedArguments =
  | { readonly kind: 'run'; readonly args: DemoArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly text: string }

/** Reads the demo's command line; files are relative to `cwd`. */
export function parseDemoArguments(argv: readonly string[], cwd: string): ParsedArguments {
  let values: { seconds?: string; report?: string; keep?: string; help?: boolean }
  try {
    const options = {
      seconds: { type: 'string' },
      report: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const
    values = parseArgs({ args: [...argv], options }).values
  } catch (error) {
    return { kind: 'wrong', text: messageOf(error) }
  }
  if (values.help) return { kind: 'help' }
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
  if (seconds !== undefined && !(seconds >= shortestRunSeconds && seconds <= 86_400)) {
    return { kind: 'wrong', text: `--seconds ${values.seconds}: use ${shortestRunSeconds} to 86400` }
  }
  return {
    kind: 'run',
    args: {
      seconds,
      report: values.report === undefined ? undefined : resolve(cwd, values.report),
      keep: values.keep === undefined ? undefined : resolve(cwd, values.keep),
    },
  }
}
