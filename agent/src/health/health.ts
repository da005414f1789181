import type { AgentStatus } from '../control/answers.ts'

/** What a supervisor wants to know: is this process doing its work. */
export interface Health {
  /** `degraded`: it works, and somebody should look; `failing`: it doesn't. */
  readonly status: 'ok' | 'degraded' | 'failing'
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[]
  readonly devices: { readonly online: number; readonly all: number }
}

/** Shorter outages are everyday life. */
const outageMs = 60_000

/** Failing is what a restart or a person at the gateway must mend; a silent device or receiver only degrades. */
export function judgeHealth(status: AgentStatus, nowMs: number): Health {
  const fatal = status.buffer.failing === undefined ? [] : [`the buffer can't be written: ${status.buffer.failing}`]
  const devices = status.devices.filter(device => device.state !== 'online' && device.state !== 'waiting')
  const problems = [
    ...fatal,
    ...uplinkProblem(status, nowMs),
    ...status.links.flatMap(linkProblem),
    ...clockProblem(status, nowMs),
    ...devices.map(({ name, state, reason }) => `${name} is ${state}${reason === undefined ? '' : `: ${reason}`}`),
  ]
  return {
    status: fatal.length > 0 ? 'failing' : problems.length > 0 ? 'degraded' : 'ok',
    problems,
    devices: { online: status.devices.length - devices.length, all: status.devices.length },
  }
}

function linkProblem({ name, state, reason }: AgentStatus['links'][number]): string[] {
  if (state === 'offline') return [`link ${name} is offline${reason === undefined ? '' : `: ${reason}`}`]
  return reason === undefined ? [] : [`link ${name} works in part: ${reason}`]
}

function uplinkProblem({ uplink, buffer, startedAt }: AgentStatus, nowMs: number): string[] {
  const silentMs = nowMs - (uplink.lastReceiptAt ?? startedAt)
  if (uplink.state !== 'waiting' || silentMs < outageMs) return []
  const minutes = Math.floor(silentMs / 60_000)
  const waiting = buffer.waitingReadings.toLocaleString('en-US')
  return [
    `nothing has reached the receiver for ${minutes} min: ${uplink.reason ?? 'no reason'}; ${waiting} readings wait`,
  ]
}

function clockProblem({ clock, startedAt }: AgentStatus, nowMs: number): string[] {
  if (clock.problem === undefined || nowMs - startedAt < outageMs) return []
  return [`the clock is ${clock.state}, readings wait until it is known: ${clock.problem}`]
}

export function isHealthy(health: Health): boolean {
  return health.status !== 'failing'
}
