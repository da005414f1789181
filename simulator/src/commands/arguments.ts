import { mistyped } from '@lineside/settings'
import { parseArgs } from 'node:util'
import { SimulatorError } from '../error.ts'

export interface Arguments {
  readonly file: string
  readonly seed?: number
  /** Ends by itself after this. */
  readonly seconds?: number
  readonly ledger?: string
  /** Machine-readable lines on standard output. */
  readonly json: boolean
}

export const helpText = `lineside-sim: plays devices from their profiles, over their own protocols

Usage: lineside-sim PLANT.yaml [options]

  --seed N        another seed than the plant's: the same seed gives the same values at the same times
  --seconds N     end after N seconds
  --ledger FILE   write every reply to FILE as NDJSON (replaces the plant's ledger)
  --no-ledger     write none, and don't make replies distinct
  --json          one JSON object a line on standard output: ready, ended
  --help          this text
  --version       the version

Ends on Ctrl-C or SIGTERM. Exit status: 0 ended as asked, 1 the plant can't be played, 2 wrong arguments.
An annotated plant is simulator/example.yaml.
`

/** What the command line says. Throws `usage`. */
export function parseArguments(argv: readonly string[]): Arguments | 'help' | 'version' {
  const { values, positionals } = parse(argv)
  if (values.help) return 'help'
  if (values.version) return 'version'
  const [file, extra] = positionals
  if (file === undefined) throw new SimulatorError('usage', 'no plant file', 'name one: lineside-sim plant.yaml')
  if (extra !== undefined) throw new SimulatorError('usage', `${extra} is one file too many`, 'name one plant file')
  const seed = numberOption('seed', values.seed, Number.isSafeInteger)
  const seconds = numberOption('seconds', values.seconds, number => number > 0 && Number.isFinite(number))
  return {
    file,
    json: values.json,
    ...(seed === undefined ? {} : { seed }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(values['no-ledger'] ? { ledger: '' } : values.ledger === undefined ? {} : { ledger: values.ledger }),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        seconds: { type: 'string' },
        ledger: { type: 'string' },
        'no-ledger': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', short: 'v', default: false },
      },
    })
  } catch (cause) {
    const reason = mistyped(cause, helpText)
    if (reason === undefined) throw cause
    throw new SimulatorError('usage', reason, 'see lineside-sim --help', { cause })
  }
}

function numberOption(name: string, text: string | undefined, fits: (number: number) => boolean): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (text.trim() !== '' && fits(number)) return number
  throw new SimulatorError('usage', `--${name} ${text} is not a number that fits`, `write for instance --${name} 20`)
}
