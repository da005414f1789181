import { bufferMetrics } from './buffer.ts'
import { clockMetrics } from './clock.ts'
import { lineMetrics } from './lines.ts'
import { deviceMetrics, linkMetrics } from './links.ts'
import type { Metrics } from './metric.ts'
import { alarmMetrics, tailMetrics } from './people.ts'
import { processMetrics } from './process.ts'
import { uplinkMetrics } from './uplink.ts'

/** Every metric of the agent, by what it is about. */
export const subjects: Readonly<Record<string, Metrics>> = {
  Links: linkMetrics,
  Devices: deviceMetrics,
  Lines: lineMetrics,
  Buffer: bufferMetrics,
  Uplink: uplinkMetrics,
  Clock: clockMetrics,
  Alarms: alarmMetrics,
  'Who looks on': tailMetrics,
  Process: processMetrics,
}

export const metrics: Metrics = Object.assign({}, ...Object.values(subjects))
