import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { CloudConfig } from '../config/types.ts'
import { createAskTime } from '../uplink/ask-time.ts'
import type { ClockKeeper } from './api.ts'
import { createClockKeeper } from './keeper.ts'
import type { TimeService } from './time-service.ts'

interface KeeperParts {
  /** The machine's own. */
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly timeService?: TimeService | undefined
  readonly cloud: CloudConfig | undefined
}

/** The clock of an agent that has this cloud, or none. */
export function openKeeper({ clock: machine, random, log, timeService: service, cloud }: KeeperParts): ClockKeeper {
  const askTime = cloud && createAskTime(cloud, machine)
  return createClockKeeper({ machine, random, log, service, askTime, isPinned: cloud?.tls?.ca !== undefined })
}
