import pino, { type Logger } from 'pino'

/** Where log lines go; a terminal gets them in words, everything else as JSON. */
export interface LogTarget {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
}

/** The agent's log: silent while all is well. Times are UTC. */
export function createLogger(target: LogTarget): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: levelName } }
  const write = target.isTerminal ? (line: string) => target.write(formatLogLine(line)) : target.write
  return pino(options, { write })
}

function levelName(label: string): { level: string } {
  return { level: label }
}

/** `10:12:03 warn  device is silent  device=press_3 reason="no answer within 1 s"`. */
export function formatLogLine(line: string): string {
  const fieldsOf: unknown = JSON.parse(line)
  const { level, time, msg, ...rest } = { level: '', time: '', msg: '', ...Object(fieldsOf) }
  const clock = String(time).slice(11, 19)
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${fieldText(value)}`)
  return `${[`${clock} ${String(level).padEnd(5)} ${String(msg)}`, ...fields].join('  ')}\n`
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /[\s"]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text
}
