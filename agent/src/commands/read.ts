import { stringifyJson, unitSign } from '@lineside/contract'
import type { Answer } from '../control/answers.ts'
import type { Order } from '../control/routes.ts'
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

async function ask(storagePath: string, wish: Order<'read'>, io: CommandIo): Promise<Answer<'read'>> {
  using progress = createProgress(io, process.stderr.isTTY)
  progress.say(`waiting for ${wish.device} and its line`)
  return await agentAnswer(storagePath, 'read', wish)
}

function withAges(read: Answer<'read'>): object {
  return {
    ...read,
    readings: read.readings.map(reading => ({ ...reading, ageMs: Math.max(0, read.asOf - reading.t) })),
  }
}

function asTable({
  device,
  profile,
  link,
  source,
  asOf,
  tookMs,
  reason,
  readings,
  absent = [],
}: Answer<'read'>): string {
  const how = source === 'asked' ? `read in ${Math.round(tookMs ?? 0)} ms` : 'speaks by itself, newest values'
  const rows = readings.map(({ point, t, value, unit = '', quality = 'good' }) => [
    point,
    value === undefined ? '-' : String(value),
    unitSign(unit),
    quality,
    formatAge(asOf - t),
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
