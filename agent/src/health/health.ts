import type { BufferStats } from '../buffer/api.ts'
import type { LinkStatus } from '../links/link.ts'

/** What a supervisor wants to know: is this process doing its work. */
export interface Health {
  readonly status: 'ok' | 'failing'
  /** One sentence for each thing that is wrong with the agent itself. */
  readonly problems: readonly string[]
  /** For information: a silent device is the plant's trouble, not this process's. */
  readonly devices: { readonly online: number; readonly all: number }
}

/** The agent is healthy while its buffer takes commits; links and devices may come and go. */
export function judgeHealth(buffer: BufferStats, links: readonly LinkStatus[]): Health {
  const problems =
    buffer.state === 'failing' ? [`the buffer can't be written: ${buffer.reason ?? 'no reason given'}`] : []
  const devices = links.flatMap(link => link.devices)
  return {
    status: problems.length === 0 ? 'ok' : 'failing',
    problems,
    devices: { online: devices.filter(device => device.state === 'online').length, all: devices.length },
  }
}

export function isHealthy(health: Health): boolean {
  return health.status === 'ok'
}
