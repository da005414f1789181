import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '@lineside/contract'
import { addPoint, findNumber, type NumberMatch, shownNumber } from '@lineside/device-profiles'
import { nodeAt, parseDocument, plainValue } from '@lineside/settings'
import { nodeConfigIo } from '../../config/node-io.ts'
import { openLine } from '../../explore/open-line.ts'
import { readRegisters, type RegistersRead } from '../../explore/read-registers.ts'
import { type Command, type CommandIo, RefusedError, UsageError } from '../command.ts'
import { integerFlag } from '../terminal/flags.ts'
import { createProgress, untilInterrupted } from '../terminal/lasting.ts'
import { leaveToAgent, ownedTexts } from './line-owner.ts'
import { lineHelp, lineOptions } from './line-places.ts'
import { distinct, pointEntry, probeJson, probeText } from './probe-report.ts'
import { type ProbeTarget, probeTarget } from './probe-target.ts'
import { readText, writeText } from '../terminal/text-files.ts'

const help = `usage: lineside probe DEVICE [POINT] [--expect NUMBER]
       lineside probe --tcp HOST|--rtu PORT|--rtu-tcp HOST:PORT|--link NAME
                      --unit-id N [--table input|holding] [--address N] [--count N]
                      [--expect NUMBER] [--profile NAME --point NAME]

Reads registers of one Modbus unit and shows them as every type and word order, with
the address counted from zero and from one. With --expect it looks for the number that
the display of the device shows, as any type, order and usual scale, and writes the
point. Where the running agent uses the line, it is refused.

${lineHelp('one')}  --unit-id N        the unit
  --table NAME       input or holding (default holding, or what the point says)
  --address N        first register, decimal or 0x; lists that print 30053 or 40053
                     mean 52 (default 0, or what the point says)
  --count N          registers to look at (default 4, with --expect 40)
  --expect NUMBER    what the display shows, with all its digits: 230.4
  --profile NAME     marks what is plausible for --point of this profile
  --point NAME       name of the point
  --write FILE       adds the point to this profile; needs --expect and --point
  --pick N           the way to write (default 1, the first of the list)
  --json             machine-readable

exit status: 0 read, and with --expect found; 1 not, or the agent uses the line;
2 wrong usage
`

const usualCount = 4
const usualSearch = 40
const mostRegisters = 500
/** What a number of 64 bits needs beyond its first register. */
const behind = 3

export const probeCommand: Command = {
  name: 'probe',
  summary: 'Show registers as every type and order, and find what a display shows',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...lineOptions,
        'unit-id': { type: 'string' },
        table: { type: 'string' },
        address: { type: 'string' },
        count: { type: 'string' },
        expect: { type: 'string' },
        profile: { type: 'string' },
        point: { type: 'string' },
        write: { type: 'string' },
        pick: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const target = probeTarget(values, positionals, io)
    const wanted = values.expect === undefined ? undefined : shownNumber(values.expect)
    if (values.expect !== undefined && wanted === undefined) {
      throw new UsageError(
        `--expect ${values.expect}: write the number on the display, for instance 230.4; 0 is everywhere`,
      )
    }
    const name = values.point ?? target.point?.name ?? 'value'
    const { write } = values
    if (write !== undefined && (!wanted || name === 'value')) {
      throw new UsageError('--write needs --expect, what the display shows, and --point, what the point is called')
    }
    const pick = integerFlag('--pick', values.pick ?? '1', 1, mostRegisters)
    const count = integerFlag('--count', values.count ?? String(wanted ? usualSearch : usualCount), 1, mostRegisters)
    const read = await readTarget(target, count, values.config, io)
    const expected = wanted && { text: values.expect ?? '', matches: findNumber(read.image, wanted) }
    const report = { target, read, name, ...(expected && { expected }) }
    io.out(values.json === true ? probeJson(report) : probeText(report))
    if (read.image.size === 0 || (expected && expected.matches.length === 0)) return 1
    const match = expected && distinct(expected.matches)[pick - 1]
    return write === undefined || !match ? 0 : writePoint(resolve(io.cwd, write), name, match, target, io)
  },
}

/** Throws a RefusedError where the line can't be had. */
async function readTarget(
  target: ProbeTarget,
  count: number,
  configPath: string | undefined,
  io: CommandIo,
): Promise<RegistersRead> {
  const { free, kept } = await leaveToAgent([target.place], configPath, io)
  if (free.length === 0) throw new RefusedError(ownedTexts(kept).join('; '))
  using interrupted = untilInterrupted(io)
  using progress = createProgress(io, process.stderr.isTTY)
  const parts = { clock: systemClock, random: Math.random, signal: interrupted.signal }
  const opened = await openLine(target.place.config, parts)
  if (!opened.ok) throw new RefusedError(opened.text)
  using line = opened.line
  const start = Math.max(0, target.address - 1)
  const end = Math.min(0x1_0000, target.address + Math.max(count, 1) + behind)
  const functionCode = target.table === 'input' ? 4 : 3
  return await readRegisters(
    read => {
      progress.say(`reading registers ${start} to ${end - 1}, ${line.requests} requests so far`)
      return line.ask(target.unitId, read)
    },
    functionCode,
    [start, end],
  )
}

function writePoint(path: string, name: string, match: NumberMatch, target: ProbeTarget, io: CommandIo): number {
  const text = readText(path, io)
  const entry = pointEntry(match, target, conventions(path, text))
  const added = addPoint({ file: path, text }, name, entry, nodeConfigIo(io.env).builtinProfiles())
  if (!added.ok) throw new RefusedError(`not written: ${added.text}`)
  writeText(path, added.text)
  io.err(`written to ${path}: ${name}: ${entry}\n`)
  return 0
}

/** How this profile counts addresses, and the order of its words. */
function conventions(path: string, text: string): { readonly order?: string; readonly first: 0 | 1 } {
  const { document } = parseDocument(path, text)
  const written = (key: string) => {
    const node = document && nodeAt(document.root, [key])
    return node && plainValue(node)
  }
  const order = written('order')
  return { ...(typeof order === 'string' && { order }), first: written('addressing') === 'one' ? 1 : 0 }
}
