import { isQuality, type Quality, stringifyJson } from '@lineside/contract'
import { z } from 'zod'
import { formatAge, formatColumns } from './terminal/columns.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { createProgress } from './terminal/lasting.ts'
import { agentAnswer, plainArguments, storageOf } from './running-agent/running-agent.ts'

const help = `usage: lineside read DEVICE [POINT ...] [--json] [--config FILE]

Lets the running agent read a device now, before everything that is due on its line; the other devices keep their
times. Without points all that are configured. The values are shown and not stored. A device that speaks by itself
(serial talkers, MQTT) is not asked: its newest values are shown with their age.

  --json         machine-readable
  --config FILE  the agent's configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml)

exit status: 0 every point has a value; 1 one has none, the device does not answer or is not known, or no agent is
running; 2 wrong usage
`

/** What the agent answers to a read. */
export const readAnswer = z.looseObject({
  device: z.string(),
  profile: z.string(),
  link: z.string(),
  source: z.enum(['asked', 'heard']),
  tookMs: z.number().optional(),
  reason: z.string().optional(),
  readings: z.array(
    z.looseObject({
      point: z.string(),
      t: z.number(),
      value: z.union([z.number(), z.string(), z.boolean(), z.bigint()]).optional(),
      unit: z.string().optional(),
      quality: z.custom<Quality>(isQuality).optional(),
    }),
  ),
  absent: z.array(z.string()).optional(),
  isOffline: z.literal(true).optional(),
})
type ReadAnswer = z.output<typeof readAnswer>

/** A long list of points on a slow line, each of which stays silent. */
const timeoutMs = 120_000

export const readCommand: Command = {
  name: 'read',
  summary: 'Read a device now, before everything that is due',
  help,
  async run(args, io) {
    const { names, json, config } = plainArguments(args)
    const [device, ...points] = names
    if (device === undefined) throw new UsageError('name the device, and points of it if you want only some')
    const { storagePath } = storageOf(config, io)
    const read = await ask(storagePath, { device, points }, io)
    io.out(json ? `${stringifyJson(withAges(read))}\n` : asTable(read))
    const complete = read.readings.length > 0 && read.readings.every(reading => reading.value !== undefined)
    return complete && (points.length === 0 || read.readings.length === new Set(points).size) ? 0 : 1
  },
}

interface ReadWish {
  readonly device: string
  readonly points: readonly string[]
}

async function ask(storagePath: string, wish: ReadWish, io: CommandIo): Promise<ReadAnswer> {
  using progress = createProgress(io, process.stderr.isTTY)
  progress.say(`waiting for ${wish.device} and its line`)
  return readAnswer.parse(await agentAnswer(storagePath, 'POST', '/read', wish, timeoutMs))
}

function withAges(read: ReadAnswer): object {
  const now = Date.now()
  return { ...read, readings: read.readings.map(reading => ({ ...reading, ageMs: Math.max(0, now - reading.t) })) }
}

function asTable({ device, profile, link, source, tookMs, reason, readings, absent = [] }: ReadAnswer): string {
  const how = source === 'asked' ? `read in ${Math.round(tookMs ?? 0)} ms` : 'speaks by itself, newest values'
  const now = Date.now()
  const rows = readings.map(({ point, t, value, unit = '', quality = 'good' }) => [
    point,
    value === undefined ? '-' : String(value),
    unit,
    quality,
    formatAge(now - t),
  ])
  const head = `${device} (${profile}) on ${link}: ${how}\n`
  const table = rows.length === 0 ? '' : formatColumns([['POINT', 'VALUE', 'UNIT', 'QUALITY', 'AGE'], ...rows])
  const lacks = absent.length === 0 ? '' : `${absentWords(absent)}\n`
  return `${head}${reason === undefined ? '' : `${reason}\n`}${table}${lacks}`
}

/** Many of what SunSpec knows a device doesn't have: a person wants to see the number and not the list. */
function absentWords(absent: readonly string[]): string {
  const [first = '', ...others] = absent
  if (others.length === 0) return `this device does not have ${first}`
  return `this device does not have ${absent.length} points of its profile: ${first} and ${others.length} more`
}
