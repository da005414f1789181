import { stringifyJson } from '@lineside/contract'
import { percent } from '../budget/advice.ts'
import type { LineView } from '../control/answers.ts'
import { formatAge, formatColumns } from './terminal/columns.ts'
import { type Command, RefusedError, UsageError } from './command.ts'
import { agentAnswer, plainArguments, storageOf } from './running-agent/running-agent.ts'

const help = `usage: lineside bus [LINK] [--json] [--config FILE]

Shows how busy the lines of the running agent are, and with which devices: the share of the time in which a request was
under way (last minute, last 15 minutes), and how often each device was polled against how often it is wanted (median
and the longest of 95 in 100, last 15 minutes; none while it is offline). A line at 95 % or more can't keep its
intervals when a device is silent.

  LINK           this line only
  --json         machine-readable: shares from 0 to 1, times in ms
  --config FILE  the agent's configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml)

exit status: 0 every line keeps its intervals (95 of 100 polls of each device that answers at most half an interval
late); 1 one does not or none of its devices answers, there is no such link, or no agent is running; 2 wrong usage
`

/** 95 of 100 polls may come this much later than wanted before the interval counts as not kept. */
const lateFactor = 1.5

export const busCommand: Command = {
  name: 'bus',
  summary: 'Show how busy the lines are, with whom, and whether intervals are kept',
  help,
  async run(args, io) {
    const { names, json, config } = plainArguments(args)
    const [link, ...more] = names
    if (more.length > 0) throw new UsageError('one link at a time')
    const { storagePath } = storageOf(config, io)
    const all = await agentAnswer(storagePath, 'bus')
    const lines = link === undefined ? all : all.filter(line => line.link === link)
    if (link !== undefined && lines.length === 0) {
      throw new RefusedError(`there is no line ${link} that devices are polled on; there is ${namesOf(all)}`)
    }
    if (json) io.out(`${stringifyJson(lines)}\n`)
    else io.out(lines.length === 0 ? 'no device is polled\n' : lines.map(asTable).join('\n'))
    return lines.every(isLineKept) ? 0 : 1
  },
}

function namesOf(lines: readonly LineView[]): string {
  return lines.map(({ link }) => link).join(', ') || 'none'
}

/** A line none of whose devices answers keeps nothing. */
export function isLineKept({ devices }: Pick<LineView, 'devices'>): boolean {
  return devices.length === 0 || (devices.some(({ state }) => state !== 'offline') && devices.every(isKept))
}

/** One that is offline keeps no interval, and that is not the line's fault. */
function isKept({ state, wantedMs, p95Ms }: LineView['devices'][number]): boolean {
  return state === 'offline' || wantedMs === undefined || p95Ms === undefined || p95Ms <= wantedMs * lateFactor
}

function asTable({ link, kind, state, lanes, busy, devices }: LineView): string {
  const together = lanes > 1 ? `, ${lanes} polls at a time` : ''
  const head = `${link} (${kind}, ${state}${together}): busy ${percent(busy.lastMinute)} of the last minute, ${percent(busy.last15Minutes)} of the last 15\n`
  const rows = devices
    .toSorted((a, b) => b.busy.last15Minutes - a.busy.last15Minutes)
    .map(device => [
      device.device,
      device.state,
      percent(device.busy.lastMinute),
      percent(device.busy.last15Minutes),
      interval(device.wantedMs),
      interval(device.medianMs),
      interval(device.p95Ms),
      String(device.missed),
      String(device.overruns),
      isKept(device) ? '' : 'not kept',
    ])
  const titles = ['DEVICE', 'STATE', '1 MIN', '15 MIN', 'WANTED', 'MEDIAN', '95 %', 'MISSED', 'OVERRUNS', '']
  return head + formatColumns([titles, ...rows])
}

function interval(ms: number | undefined): string {
  if (ms === undefined) return '-'
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 90_000 ? `${Number((ms / 1000).toPrecision(3))} s` : formatAge(ms)
}
