import type { AlarmEntry } from '@lineside/contract'

const words = { raised: 'RAISED', reraised: 'RAISED', acknowledged: 'ACKNOWLEDGED', returned: 'RETURNED' } as const

/** One transition of an alarm as a line for the terminal: UTC time, what happened, priority, which alarm, why, what to do. */
export function formatAlarmLine(entry: AlarmEntry): string {
  const time = new Date(entry.t).toISOString().slice(0, 19).replace('T', ' ')
  const head = `${time}Z  ${words[entry.event].padEnd(12)}  ${entry.priority.padEnd(8)}  ${entry.device} ${entry.alarm}`
  if (entry.event === 'acknowledged') return `${head}  by ${entry.by ?? 'unknown'}`
  const advice = entry.event === 'returned' ? [] : [entry.message, entry.action].filter(text => text !== undefined)
  return [`${head}  ${entry.text}`, ...advice].join('; ')
}
