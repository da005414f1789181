import type { TimeAnswer } from './api.ts'
import type { ServiceState } from './time-service.ts'

const minuteMs = 60_000

/** A time service that is there has so long before the machine's clock is taken at its word. */
export const patienceMs = 15 * minuteMs

/** How long until the time service is asked again. */
export function serviceAgainMs(state: ServiceState, isCertain: boolean, elapsedMs: number): number {
  if (isCertain) return 15 * minuteMs
  if (state === 'absent') return minuteMs
  return elapsedMs < 2 * minuteMs ? 5000 : 30_000
}

/** How long until the receiver is asked again, after so many questions without a useful answer in a row. */
export function receiverAgainMs(tries: number, isCertain: boolean, random: () => number): number {
  if (isCertain) return 60 * minuteMs
  const ceiling = Math.min(5 * minuteMs, 2000 * 2 ** Math.min(tries, 10))
  return ceiling / 2 + (random() * ceiling) / 2
}

/** A clock before this is certainly wrong: this agent was not written yet. */
export const earliestMs = Date.UTC(2025, 10, 1)

/** What came of asking the receiver: by a certificate that is valid, and by the pin alone where that was asked too. */
export interface Asked {
  readonly full: TimeAnswer
  readonly pinned?: TimeAnswer | undefined
}

export interface Doubt {
  /** For the people on site. */
  readonly problem: string
  /** The clock can't be right. */
  readonly isWrong: boolean
  /** Nothing will cure it that runs by itself. */
  readonly needsPerson: boolean
}

/** Why the clock is doubtful. */
export function doubt(machineNow: number, service: ServiceState, asked: Asked | undefined): Doubt {
  const isPast = machineNow < earliestMs
  const impossible = isPast ? ', which is past' : ''
  const services = { absent: 'there is no time service', searching: 'the time service has not found the time yet' }
  const said = service === 'synchronised' ? [] : [services[service]]
  const byReceiver = asked && doubtOf(asked)
  const parts = [`the machine's clock says ${formatMinute(machineNow)}${impossible}`, ...said, byReceiver?.said ?? []]
  return {
    problem: parts.flat().join('; '),
    isWrong: isPast || byReceiver?.isWrong === true,
    needsPerson: service === 'absent' && byReceiver?.isFinal === true,
  }
}

/** What an answer without a time tells; `isFinal`: asking again gives the same. */
function doubtOf({ full, pinned }: Asked): { said: string; isWrong?: boolean; isFinal?: boolean } | undefined {
  switch (full.kind) {
    case 'date':
      return undefined
    case 'failed':
      return { said: `the receiver gives no time: ${full.reason}` }
    case 'not_yet_valid': {
      // On a slow line it takes several answers to learn the time.
      if (pinned?.kind === 'date') return undefined
      const way = pinned?.kind === 'failed' ? `cloud.ca does not help: ${pinned.reason}` : knownByNothing
      const said = `by this clock the receiver's certificate is not valid yet, and ${way}`
      return { said, isWrong: true, isFinal: pinned === undefined }
    }
    case 'expired': {
      const said = "by this clock the receiver's certificate has ended"
      const isFinal = true
      if (pinned?.kind === 'date') {
        return {
          said: `${said}, but the receiver says ${formatMinute(pinned.dateMs)}: set the clock`,
          isWrong: true,
          isFinal,
        }
      }
      const why = pinned?.kind === 'failed' ? ` (${pinned.reason})` : ''
      return { said: `${said}${why}: the clock is ahead, or the certificate was not renewed`, isFinal }
    }
    default:
      return full satisfies never
  }
}

const knownByNothing = 'there is no cloud.ca to know it by'

function formatMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
