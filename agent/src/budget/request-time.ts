import { type ModbusQuery, rtuReplyBytes, rtuRequestBytes } from '@lineside/device-profiles'
import type { DeviceConfig, ModbusLinkConfig } from '../config/types.ts'
import { byteMs, interFrameSilenceMs, unknownSilenceMs } from '../links/channel/serial-timing.ts'

/** What is taken for the time from the end of a request to the beginning of its answer, where nobody has measured. */
const answerMs = 10
/** There and back through the plant's network. */
const networkMs = 2
/** Of a bus behind a gateway where the profiles don't say how their devices are set up. */
const usualBaud = 9600

/** How long a line is taken by its requests. */
export interface LineTimes {
  /** Of one request with its answer and the silence around them, ms. `gapMs` is what the device wants between two. */
  requestMs(query: ModbusQuery, gapMs: number): number
  /** Of a request that nobody answers. */
  silentMs(query: ModbusQuery, gapMs: number): number
  /** Requests that go on at the same time. */
  readonly lanes: number
  /** What this rests on, for people. */
  readonly assumption: string
}

/** From baud rate, frame lengths, silences and time-outs; what can't be known is assumed and said. */
export function lineTimes(link: ModbusLinkConfig, devices: readonly DeviceConfig[]): LineTimes {
  const { timeoutMs, requestGapMs } = link
  const gap = (deviceGapMs: number) => Math.max(requestGapMs, deviceGapMs)
  if (link.kind === 'modbus_rtu') {
    const { port } = link
    return times(byteMs(port), interFrameSilenceMs(port.baud), answerMs, 1, `${answerMs} ms until a device answers`)
  }
  const lanes = link.kind === 'modbus_tcp' ? link.maxInFlight : 1
  const silenceMs = link.kind === 'modbus_tcp' ? 0 : unknownSilenceMs
  const waitMs = answerMs + networkMs
  const baud = link.busBaud ?? likelyBaud(link, devices)
  if (baud === 0 || lanes > 1) return times(0, silenceMs, waitMs, lanes, `${waitMs} ms until a device answers`)
  const bus = { path: '', baud, dataBits: 8, parity: 'even', stopBits: 1 } as const
  const guess = link.busBaud === undefined ? ' (bus_baud says another, or none)' : ''
  const assumption = `a bus of ${baud} baud behind it${guess}, ${waitMs} ms until a device answers`
  return times(byteMs(bus), silenceMs + interFrameSilenceMs(baud), waitMs, 1, assumption)

  function times(perByteMs: number, beforeMs: number, afterMs: number, count: number, said: string): LineTimes {
    const wire = (query: ModbusQuery) => perByteMs * (rtuRequestBytes + rtuReplyBytes(query))
    return {
      lanes: count,
      assumption: said,
      requestMs: (query, gapMs) => beforeMs + wire(query) + afterMs + gap(gapMs),
      silentMs: (query, gapMs) => beforeMs + wire(query) + timeoutMs + gap(gapMs),
    }
  }
}

/** 0: no bus. Several units behind one address are a bus where devices of theirs are delivered with a baud rate. */
function likelyBaud(link: ModbusLinkConfig, devices: readonly DeviceConfig[]): number {
  const bauds = devices.map(({ profile }) => (profile.protocol === 'modbus' ? profile.serial.baud : undefined))
  const units = new Set(devices.map(device => device.unitId)).size
  if (link.kind === 'modbus_tcp' && (units < 2 || bauds.every(baud => baud === undefined))) return 0
  return Math.min(...bauds.map(baud => baud ?? usualBaud))
}
