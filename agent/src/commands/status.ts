import { counted } from './terminal/counted.ts'
import { stringifyJson } from '@lineside/contract'
import type { AgentStatus, BufferView, DeviceView, LinkView } from '../control/answers.ts'
import { formatAge, formatColumns } from './terminal/columns.ts'
import { type Command, UsageError } from './command.ts'
import { agentAnswer, plainArguments, storageOf } from './running-agent/running-agent.ts'

const help = `usage: lineside status [--json] [--config FILE]

Shows how the running agent and its devices are: which are offline or degraded, since when that is known, why, when
an offline one last gave a value and when it is asked again; what waits in the buffer, whether the receiver is
reached, and what is wrong with the clock.

  --json         machine-readable, with the newest reading of every point
  --config FILE  the agent's configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml)

exit status: 0 every device is online; 1 one is not, or no agent is running; 2 wrong usage
`

/** A machine's clock that is off by less is as good as right. */
const leastCorrectionMs = 2000

/** The worst first. */
const worst = ['misconfigured', 'offline', 'degraded', 'waiting', 'online'] as const

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show how the agent and its devices are',
  help,
  async run(args, io) {
    const { names, json, config } = plainArguments(args)
    if (names.length > 0) {
      throw new UsageError(`${names.join(' ')} means nothing here; lineside read DEVICE reads one device`)
    }
    const { storagePath } = storageOf(config, io)
    const status = await agentAnswer(storagePath, 'status')
    io.out(json ? `${stringifyJson(status)}\n` : asText(status))
    return status.devices.every(({ state }) => state === 'online') ? 0 : 1
  },
}

/** The state of the uplink: since when it fails, why, when it is tried again. */
export function uplinkText(uplink: AgentStatus['uplink'], nowMs: number): string {
  const { state, reason, failingForMs, nextTryMs, lastReceiptAt, budget } = uplink
  const since = failingForMs === undefined ? '' : `, the receiver has taken nothing for ${formatAge(failingForMs)}`
  const why = reason === undefined ? '' : `: ${reason}`
  const next = nextTryMs === undefined ? '' : `; next try ${nextTryMs < 1000 ? 'now' : `in ${formatAge(nextTryMs)}`}`
  const receipt = lastReceiptAt === undefined ? '' : `last receipt ${formatAge(nowMs - lastReceiptAt)} ago`
  const separator = receipt === '' ? '' : why === '' ? ', ' : '; '
  const isSpent = budget !== undefined && budget.waitMs > 0
  const spent = isSpent ? `; ${budgetText(budget.waitMs, nowMs)}` : ''
  return `${state}${since}${why}${next}${separator}${receipt}${spent}`
}

/** Data waits, however well the receiver is reached. */
function budgetText(waitMs: number, nowMs: number): string {
  const until = new Date(nowMs + waitMs).toISOString().slice(0, 16).replace('T', ' ')
  return `data waits for the month's budget, until ${until} UTC (in ${formatAge(waitMs)}), alarms go out`
}

/** Why a device is as it is; of an offline one when it last gave a value, and when it is asked again. */
export function deviceText(
  { state, reason, lastValueAt, nextTryMs }: Pick<DeviceView, 'state' | 'reason' | 'lastValueAt' | 'nextTryMs'>,
  isLinkOnline: boolean,
  nowMs: number,
): string {
  const isOffline = state === 'offline'
  const last = lastValueAt === undefined ? 'no value yet' : `last value ${formatAge(nowMs - lastValueAt)} ago`
  // Others of its line may be asked first; a link that comes back has all its devices asked at once.
  const when = isLinkOnline ? 'in about' : 'as soon as the link is back, or in'
  const next = nextTryMs === undefined ? undefined : `asked again ${when} ${formatAge(nextTryMs)}`
  return [reason, isOffline ? last : undefined, next].filter(text => text !== undefined).join('; ')
}

/** Nothing of a clock that is right. */
export function clockLines({ state, correctionMs, problem }: AgentStatus['clock']): string[] {
  if (problem !== undefined) return [`clock: ${state}, what is read waits here until the time is known: ${problem}\n`]
  if (Math.abs(correctionMs) < leastCorrectionMs) return []
  const off = `${formatAge(Math.abs(correctionMs))} ${correctionMs > 0 ? 'behind' : 'ahead'}`
  return [`clock: ${state}; the machine's own is ${off}, times are corrected by that\n`]
}

function asText({ gateway, version, upMs, links, devices, buffer, uplink, clock, startedAt }: AgentStatus): string {
  // The agent may know better what time it is than this machine's clock.
  const nowMs = startedAt + upMs
  const counts = worst.map(state => [devices.filter(each => each.state === state).length, state] as const)
  const sorted = devices.toSorted((a, b) => worst.indexOf(a.state) - worst.indexOf(b.state))
  const online = new Set(links.flatMap(link => (link.state === 'online' ? [link.name] : [])))
  const rows = sorted.map(one => [
    one.name,
    one.state,
    one.since === undefined ? '' : formatAge(nowMs - one.since),
    one.link,
    deviceText(one, online.has(one.link), nowMs),
  ])
  return [
    `${gateway}: lineside ${version}, up for ${formatAge(upMs)}\n`,
    `buffer: ${bufferText(buffer)}\n`,
    `uplink: ${uplinkText(uplink, nowMs)}\n`,
    ...clockLines(clock),
    ...links.flatMap(link => linkLines(link, nowMs)),
    `devices: ${counts.flatMap(([count, state]) => (count > 0 ? [`${count} ${state}`] : [])).join(', ') || 'none'}\n`,
    rows.length === 0 ? '' : formatColumns([['DEVICE', 'STATE', 'SINCE', 'LINK', 'WHY'], ...rows]),
  ].join('')
}

export function bufferText({ failing, waitingReadings, pendingReadings, oldestAgeMs, unopened }: BufferView): string {
  const why = failing === undefined ? '' : `${failing}; `
  if (unopened)
    return `${why}${counted(pendingReadings ?? 0, 'reading')} in memory, what waits on the disk is not known yet`
  const memory = pendingReadings === undefined ? '' : ` on the disk and ${pendingReadings} in memory`
  const oldest = oldestAgeMs === undefined ? '' : `, the oldest for ${formatAge(oldestAgeMs)}`
  return `${why}${counted(waitingReadings, 'reading')} ${waitingReadings === 1 ? 'waits' : 'wait'}${memory}${oldest}`
}

/** Nothing of a link that works and refuses nobody. */
export function linkLines({ name, state, reason, refusals }: LinkView, nowMs: number): string[] {
  const why = reason === undefined ? '' : `: ${reason}`
  const works = state !== 'offline' && reason === undefined
  const times = refusals?.count === 1 ? 'once' : `${refusals?.count} times`
  return [
    ...(works ? [] : [`link ${name}: ${state}${why}\n`]),
    ...(refusals
      ? [`link ${name}: refused clients ${times}, the last ${formatAge(nowMs - refusals.t)} ago: ${refusals.text}\n`]
      : []),
  ]
}
