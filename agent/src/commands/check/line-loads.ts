import { formatDuration } from '@lineside/settings'
import { judgeLine, percent, seconds } from '../../budget/advice.ts'
import { lineBudget } from '../../budget/line-budget.ts'
import type { AgentConfig, DeviceConfig, LinkConfig, ModbusLinkConfig } from '../../config/types.ts'
import { rounded } from '../terminal/counted.ts'

/** What `lineside check` says of the load of one line. */
export interface LineLoad {
  readonly link: string
  /** Share of its time that polls take, 1 being all of it. */
  readonly load: number
  readonly requestsPerSecond: number
  /** `9 requests and 412 ms of every 1s (41 %)`. */
  readonly text: string
  readonly remarks: readonly string[]
  /** It can't keep its intervals. */
  readonly isOver: boolean
}

/** The lines of a configuration whose load can be computed. */
export function lineLoads({ links, devices: all }: AgentConfig): readonly LineLoad[] {
  const devices = [...all.values()]
  return [...links.values()].flatMap(link => loadOf(link, devices))
}

function loadOf(link: LinkConfig, devices: readonly DeviceConfig[]): readonly LineLoad[] {
  switch (link.kind) {
    case 'modbus_tcp':
    case 'modbus_rtu_tcp':
    case 'modbus_rtu':
      return modbusLoad(link, devices)
    // How long these devices take to answer nobody knows before they have.
    case 'serial_tcp':
    case 'serial':
      return []
    // Nothing is polled.
    case 'mqtt':
    case 'broker':
      return []
    default:
      return link satisfies never
  }
}

function modbusLoad(link: ModbusLinkConfig, devices: readonly DeviceConfig[]): readonly LineLoad[] {
  const budget = lineBudget(link, devices)
  if (!budget) return []
  const { everyMs, load, requestsPerSecond } = budget
  const requests = (requestsPerSecond * everyMs) / 1000
  const asked = `${rounded(requests)} ${rounded(requests) === '1' ? 'request' : 'requests'}`
  const text = `${asked} and ${seconds(load * everyMs)} of every ${formatDuration(everyMs)} (${percent(load)})`
  const { state, lines } = judgeLine(budget, link, devices)
  const basis = [`computed with ${budget.assumption}`]
  if (budget.devices.length > 1) {
    const lostMs = Math.max(...budget.devices.map(device => device.lostMs))
    basis.push(`a silent device takes at most ${seconds(lostMs)} until it counts as offline, then 5 %`)
  }
  const isPlain = state === 'fine' && budget.devices.length === 1
  const models = budget.models === undefined ? [] : [`a SunSpec device is taken to have ${budget.models}`]
  return [
    {
      link: link.name,
      load,
      requestsPerSecond,
      text,
      remarks: [...lines, ...(isPlain ? [] : [basis.join('; ')]), ...models],
      isOver: state === 'over',
    },
  ]
}
