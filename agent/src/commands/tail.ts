import { parseArgs } from 'node:util'
import { stringifyJson, unitSign } from '@lineside/contract'
import type { FeedLine } from '../control/answers.ts'
import { followSamples } from '../control/ask.ts'
import { wrapText } from './terminal/columns.ts'
import { type Command, type CommandIo, RefusedError } from './command.ts'
import { integerFlag, namesFlag } from './terminal/flags.ts'
import { untilInterrupted } from './terminal/lasting.ts'
import { storageOf } from './running-agent/running-agent.ts'

const help = `usage: lineside tail [DEVICE ...] [--point LIST] [--count N] [--json] [--config FILE]

Shows what the running agent reads, as it reads it, before any deadband: of the named
devices, else of all. Times are UTC. A terminal or pipe that is too slow misses samples,
and is told how many; the agent waits for nobody. Ctrl-C ends it.

  --point LIST   only these points
  --count N      end after so many samples
  --json         one JSON object a line, as the samples are stored: first what each
                 device is ("k":"device"), then samples, and {"k":"dropped"} for
                 those that were missed
  --config FILE  the agent's configuration (default: ./lineside.yaml, else
                 /etc/lineside/lineside.yaml)

exit status: 0 ended by Ctrl-C or --count; 1 no agent runs, it ended, or there is no
such device or point; 2 wrong usage
`

type SampleLine = Extract<FeedLine, { k: 'sample' }>

export const tailCommand: Command = {
  name: 'tail',
  summary: 'Show what the running agent reads, as it reads it',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        point: { type: 'string' },
        count: { type: 'string' },
        json: { type: 'boolean' },
        config: { type: 'string' },
      },
    })
    const count = values.count === undefined ? Infinity : integerFlag('--count', values.count, 1, 1e9)
    const points = values.point === undefined ? undefined : new Set(namesFlag('--point', values.point))
    const { storagePath } = storageOf(values.config, io)
    using interrupted = untilInterrupted(io)
    const printer = new Printer(io, values.json === true, points, count)
    const text = await followSamples(storagePath, {
      devices: positionals,
      points: [...(points ?? [])],
      line: told => printer.print(told),
      signal: AbortSignal.any([interrupted.signal, printer.done]),
    })
    if (text === undefined || printer.done.aborted) return 0
    throw new RefusedError(text)
  },
}

/** Prints lines as they come, until there were enough samples. */
class Printer {
  readonly #io: CommandIo
  readonly #json: boolean
  readonly #points: ReadonlySet<string> | undefined
  readonly #units = new Map<string, string>()
  readonly #enough = new AbortController()
  #left: number

  constructor(io: CommandIo, json: boolean, points: ReadonlySet<string> | undefined, count: number) {
    this.#io = io
    this.#json = json
    this.#points = points
    this.#left = count
  }

  get done(): AbortSignal {
    return this.#enough.signal
  }

  print(line: FeedLine): void {
    if (this.done.aborted) return
    const told = line.k === 'sample' ? chosen(line, this.#points) : line
    if (!told) return
    if (this.#json) this.#io.out(`${stringifyJson(told)}\n`)
    else this.#show(told)
    if (told.k === 'sample' && --this.#left <= 0) this.#enough.abort()
  }

  #show(told: FeedLine): void {
    if (told.k === 'device') {
      for (const [point, { unit }] of Object.entries(told.points)) {
        if (unit !== undefined) this.#units.set(`${told.device} ${point}`, unitSign(unit))
      }
      return
    }
    if (told.k === 'dropped') {
      this.#io.err(`(${told.count} samples missed: too slow)\n`)
      return
    }
    this.#io.out(sampleText(told, point => this.#units.get(`${told.device} ${point}`)))
  }
}

/** Only the wanted points of a sample; undefined where it has none of them. */
function chosen(sample: SampleLine, points: ReadonlySet<string> | undefined): SampleLine | undefined {
  if (!points) return sample
  const pick = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([point]) => points.has(point)))
  const values = pick(sample.values)
  const quality = pick(sample.quality ?? {})
  if (Object.keys(values).length + Object.keys(quality).length === 0) return undefined
  const { quality: _, ...rest } = sample
  return { ...rest, values, ...(Object.keys(quality).length > 0 && { quality }) }
}

/** `18:03:04.123  meter_1  voltage 230.4 V, power bad:refused`, with more lines where there are more points. */
export function sampleText(
  { t, device, values, quality = {} }: Pick<SampleLine, 't' | 'device' | 'values' | 'quality'>,
  unitOf: (point: string) => string | undefined,
): string {
  const good = Object.entries(values).map(([point, of]) => {
    const doubt = quality[point] === undefined ? '' : `(${quality[point]})`
    return [point, String(of), unitOf(point) ?? '', doubt].filter(part => part !== '').join(' ')
  })
  const bad = Object.entries(quality).flatMap(([point, why]) => (point in values ? [] : [`${point} ${why}`]))
  const head = `${new Date(t).toISOString().slice(11, 23)}  ${device}  `
  const lines = wrapText([...good, ...bad].join(', '), { first: head, rest: '    ', between: ', ' })
  return `${lines.join('\n')}\n`
}
