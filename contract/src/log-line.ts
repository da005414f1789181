import { systemClock } from './clock.ts'

/** Where log lines go; a terminal gets them in words, everything else as JSON. */
export interface LogTarget {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
}

/** What every program of ours has its logger (pino) put into a line: the level as a word, and UTC. */
export const logShape = {
  base: null,
  timestamp: () => `,"time":"${new Date(systemClock.now()).toISOString()}"`,
  formatters: { level: (level: string) => ({ level }) },
} as const

/** Passes a logger's lines on to where they go. */
export function logWriter({ write, isTerminal }: LogTarget): Pick<LogTarget, 'write'> {
  return { write: isTerminal ? line => write(formatLogLine(line)) : write }
}

/** `10:12:03 warn  device is silent  device=press_3 reason="no answer within 1 s"`. */
function formatLogLine(line: string): string {
  const fieldsOf: unknown = JSON.parse(line)
  const { level, time, msg, ...rest } = { level: '', time: '', msg: '', ...Object(fieldsOf) }
  const clock = String(time).slice(11, 19)
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${fieldText(value)}`)
  return `${[`${clock} ${String(level).padEnd(5)} ${String(msg)}`, ...fields].join('  ')}\n`
}

function fieldText(value: unknown): string {
  // Of what was thrown the sentence will do; where it came from is for the log file.
  const isThrown = typeof value === 'object' && value !== null && 'stack' in value && 'message' in value
  const told = isThrown ? value.message : value
  const text = typeof told === 'string' ? told : JSON.stringify(told)
  return /[\s"]/.test(text) && typeof told === 'string' ? JSON.stringify(text) : text
}
