import { unitSign } from '@lineside/contract'
import type { AgentStatus, DeviceView, ReadingView } from 'lineside/control'
import type { UplinkScene } from './story.ts'

/** All that one picture of the demo shows. */
export interface Frame {
  readonly elapsedMs: number
  readonly now: number
  readonly uplink: UplinkScene
  /** Undefined until the agent answers. */
  readonly agent: AgentStatus | undefined
  readonly alarms: readonly AlarmView[]
  readonly arrived: ArrivedView | undefined
  readonly events: readonly string[]
}

export interface AlarmView {
  readonly id: string
  readonly device: string
  readonly alarm: string
  readonly state: string
  readonly priority: string
  readonly since: number
  readonly text: string
  readonly message?: string | undefined
  readonly action?: string | undefined
}

export interface ArrivedView {
  readonly readings: number
  readonly batches: number
  /** UTC ms; undefined before the first batch. */
  readonly lastAt: number | undefined
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const escape = '\u001b['
const paint = (code: number) => (text: string) => `${escape}${code}m${text}${escape}0m`
const bold = paint(1)
const dim = paint(2)
const red = paint(31)
const yellow = paint(33)
const green = paint(32)

/** The picture as lines no wider than the terminal and no more than fit. */
export function drawFrame(frame: Frame, size: Size): string[] {
  const title = bold(`Lineside demo  ${clockText(frame.elapsedMs)}`)
  const subtitle = dim('   a small plant, its gateway and its cloud; Ctrl-C ends it')
  const events = frame.events.slice(-5).map(event => dim(event))
  const layouts = [
    [[title + subtitle], uplinkLines(frame), alarmLines(frame, true), deviceLines(frame, size.columns), events],
    [
      [title + subtitle],
      uplinkLines(frame),
      alarmLines(frame, false),
      deviceLines(frame, size.columns),
      events.slice(-3),
    ],
    [[title, ...uplinkLines(frame)], alarmLines(frame, false), deviceLines(frame, size.columns), events.slice(-1)],
  ]
  const rows = size.rows - 1
  const pictures = layouts.map(blocks =>
    blocks.filter(block => block.length > 0).flatMap((block, i) => (i === 0 ? block : ['', ...block])),
  )
  const lines = pictures.find(picture => picture.length <= rows) ?? shorten(pictures.at(-1) ?? [], rows)
  return lines.map(line => clip(line, size.columns))
}

/** What does not fit is at least said. */
function shorten(lines: readonly string[], rows: number): string[] {
  return [...lines.slice(0, rows - 1), dim(`${lines.length - rows + 1} more lines: make the terminal higher`)]
}

function uplinkLines(frame: Frame): string[] {
  const { cut, sinceMs = 0, nextMs } = frame.uplink
  const cable = cut
    ? red(`CUT by the demo ${seconds(sinceMs)} ago`) + `, plugged in again in ${seconds(nextMs)}`
    : agentUplink(frame) + dim(`, the demo cuts it in ${seconds(nextMs)}`)
  const buffer = frame.agent?.buffer
  const waits = buffer?.waitingReadings ?? 0
  const oldest = buffer?.oldestAgeMs === undefined ? '' : `, oldest ${seconds(buffer.oldestAgeMs)}`
  const arrived = frame.arrived
  const last = arrived?.lastAt === undefined ? '' : `, last ${seconds(frame.now - arrived.lastAt)} ago`
  return [
    `Uplink    ${cable}`,
    `Buffer    ${waits > 0 && cut ? yellow(count(waits)) : count(waits)} readings wait on the gateway's disk${oldest}`,
    `Receiver  ${count(arrived?.readings ?? 0)} readings in ${count(arrived?.batches ?? 0)} batches have arrived${last}`,
  ]
}

/** The cable is plugged in; the agent finds out at its next try. */
function agentUplink(frame: Frame): string {
  const uplink = frame.agent?.uplink
  if (uplink?.state !== 'waiting') return green('connected')
  return `${yellow('plugged in')}, the agent tries again in ${seconds(uplink.nextTryMs ?? 0)}`
}

function alarmLines(frame: Frame, isDetailed: boolean): string[] {
  if (frame.alarms.length === 0) return [`${bold('Alarms')}    ${dim('none active')}`]
  const lines = [bold(`Alarms    ${frame.alarms.length} active`)]
  for (const alarm of frame.alarms.slice(0, 6)) {
    const mark = alarm.priority === 'high' || alarm.priority === 'critical' ? red('▲') : yellow('●')
    const advice = [alarm.message, alarm.action].filter(text => text !== undefined).join('. ')
    const head = `${alarm.priority.padEnd(8)} ${alarm.device} ${alarm.alarm}  ${alarm.state.replace('_', ' ')}`
    lines.push(
      `  ${mark} ${bold(head)}  for ${seconds(frame.now - alarm.since)}`,
      ...(isDetailed ? [`    ${alarm.text}`, ...(advice ? [`    ${advice}`] : [])] : []),
    )
  }
  return lines
}

const stateMarks: Readonly<Record<DeviceView['state'], (text: string) => string>> = {
  waiting: dim,
  online: green,
  degraded: yellow,
  offline: red,
  misconfigured: red,
}

function deviceLines(frame: Frame, columns: number): string[] {
  const devices = frame.agent?.devices ?? []
  const width = Math.max(6, ...devices.map(d => d.name.length))
  const lines = [bold(`${'Device'.padEnd(width)}  ${'State'.padEnd(13)}  Last values`)]
  for (const device of devices) {
    const values = valueText(chooseReadings(device), columns - width - 18) || dim('no value yet')
    const state = stateMarks[device.state](device.state.padEnd(13))
    lines.push(`${device.name.padEnd(width)}  ${state}  ${device.reason ? red(device.reason) : values}`)
  }
  return lines
}

/** What a person wants to see first of a device with many points. */
const highlights: Readonly<Record<string, readonly string[]>> = {
  'eastron/sdm630': ['power_total', 'voltage_l1', 'current_l1', 'frequency', 'energy_import'],
  'banner/qm42vt2': ['temperature', 'velocity_z', 'velocity_x', 'acceleration_z'],
}

function chooseReadings(device: DeviceView): readonly ReadingView[] {
  const wanted = highlights[device.profile]
  if (!wanted) return device.readings
  return wanted.flatMap(point => device.readings.find(reading => reading.point === point) ?? [])
}

/** As many of the readings as fit. */
function valueText(readings: readonly ReadingView[], width: number): string {
  let text = ''
  for (const reading of readings) {
    const one = `${reading.point} ${formatReading(reading)}`
    if (text.length + one.length + 2 > width) break
    text += text === '' ? one : `  ${one}`
  }
  return text
}

function formatReading(reading: ReadingView): string {
  if (reading.value === undefined) return reading.quality ?? 'no value'
  const value = typeof reading.value === 'number' ? shortNumber(reading.value) : String(reading.value)
  return `${value} ${unitSign(reading.unit ?? '')}`.trimEnd()
}

function shortNumber(value: number): string {
  const size = Math.abs(value)
  return Number(value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3)).toString()
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`
}

function clockText(ms: number): string {
  const s = Math.floor(ms / 1000)
  return `${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`
}

/** Cuts a line at `columns` visible characters, colours not counted. */
export function clip(line: string, columns: number): string {
  let visible = 0
  let i = 0
  while (i < line.length) {
    if (line.startsWith(escape, i)) {
      i = line.indexOf('m', i) + 1
      continue
    }
    if (visible === columns) return `${line.slice(0, i)}${escape}0m`
    visible++
    i++
  }
  return line
}
