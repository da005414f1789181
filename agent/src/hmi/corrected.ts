import type { ActiveAlarm } from '../alarms/watch.ts'
import type { LinkStatus } from '../links/link.ts'
import type { DeviceStatus } from '../poll/status.ts'
import type { LiveReading, LiveValues } from '../pipeline/live-values.ts'

/**
 * What is kept in memory bears the times by which it was stamped, some of them before the clock was known. Here they become
 * what they are by what is known now: else a device would be online since weeks ago because the gateway started with the clock
 * of weeks ago.
 */
export type Correct = (t: number) => number

export function correctedLive(live: Pick<LiveValues, 'of'>, correct: Correct): Pick<LiveValues, 'of'> {
  const one = ({ turnedAt, ...reading }: LiveReading): LiveReading => ({
    ...reading,
    t: correct(reading.t),
    ...(turnedAt !== undefined && { turnedAt: correct(turnedAt) }),
  })
  return { of: device => new Map([...live.of(device)].map(([point, reading]) => [point, one(reading)])) }
}

export function correctedLink({ refusals, devices, ...link }: LinkStatus, correct: Correct): LinkStatus {
  return {
    ...link,
    ...(refusals && { refusals: { ...refusals, t: correct(refusals.t) } }),
    devices: devices.map(device => correctedDevice(device, correct)),
  }
}

function correctedDevice({ lastValue, refused, ...device }: DeviceStatus, correct: Correct): DeviceStatus {
  return {
    ...device,
    since: correct(device.since),
    ...(lastValue !== undefined && { lastValue: correct(lastValue) }),
    ...(refused && { refused: refused.map(read => ({ ...read, since: correct(read.since) })) }),
  }
}

export function correctedAlarm({ over, ...alarm }: ActiveAlarm, correct: Correct): ActiveAlarm {
  return {
    ...alarm,
    since: correct(alarm.since),
    ...(over && { over: { ...over, since: correct(over.since) } }),
  }
}
