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

/** Why the clock is doubtful, for the people on site. */
export function doubt(machineNow: number, service: ServiceState, receiver: string | undefined): string {
  const time = new Date(machineNow).toISOString().slice(0, 16).replace('T', ' ')
  const services = { absent: 'there is no time service', searching: 'the time service has not found the time yet' }
  const said = service === 'synchronised' ? '' : `; ${services[service]}`
  const impossible = machineNow < earliestMs ? ', which is past' : ''
  return `the machine's clock says ${time} UTC${impossible}${said}${receiver === undefined ? '' : `; ${receiver}`}`
}
