import { resolve } from 'node:path'
import { endpoint } from '@lineside/settings'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import { baudRates } from '../../config/links/line.ts'
import { isModbusLink } from '../../config/links/table.ts'
import type { ModbusLinkConfig, ModbusRtuLinkConfig, SerialPortConfig } from '../../config/types.ts'
import { hostsOf } from '../../explore/subnet.ts'
import type { ScanPlace } from '../../explore/scan.ts'
import { describeSettings } from '../../links/channel/serial-port-errors.ts'
import { type CommandIo, RefusedError, UsageError } from '../command.ts'
import { findConfig } from '../running-agent/config-path.ts'
import { durationFlag, integerFlag, wordsFlag } from '../terminal/flags.ts'

/** Options that say which line is meant, for parseArgs. */
export const lineOptions = {
  tcp: { type: 'string' },
  port: { type: 'string' },
  rtu: { type: 'string' },
  'rtu-tcp': { type: 'string' },
  link: { type: 'string' },
  baud: { type: 'string' },
  parity: { type: 'string' },
  'stop-bits': { type: 'string' },
  timeout: { type: 'string' },
  config: { type: 'string' },
} as const

export type LineValues = { readonly [K in keyof typeof lineOptions]?: string | undefined }

const settingsHelp = {
  several: `  --baud LIST        of --rtu (default 9600,19200,38400,115200)
  --parity LIST      none, even, odd (default none,even)
  --stop-bits LIST   1, 2 (default 1)`,
  one: `  --baud N           of --rtu, where it must be written
  --parity NAME      none, even or odd; the same
  --stop-bits N      1 or 2 (default 1)`,
} as const

/** What the options mean, for the help of a command that tries several settings of a port, or wants one. */
export function lineHelp(settings: keyof typeof settingsHelp): string {
  return `  --tcp HOST         a Modbus TCP host or gateway: 192.0.2.10, or 192.0.2.10:1502
  --rtu PORT         a serial port: /dev/ttyUSB0 or a path under /dev/serial/by-id
  --rtu-tcp HOST     a serial device server that passes RTU frames on: 192.0.2.11:4001
  --link NAME        a Modbus link of lineside.yaml
  --port N           of --tcp (default 502)
${settingsHelp[settings]}
  --timeout TIME     how long a unit may take (default 250ms on a serial port,
                     500ms behind a device server, 1s on TCP)
  --config FILE      the configuration (default: ./lineside.yaml, else
                     /etc/lineside/lineside.yaml)
`
}

const ways = ['tcp', 'rtu', 'rtu-tcp', 'link'] as const
const usualBauds = [9600, 19_200, 38_400, 115_200]
const usualParities = ['none', 'even'] as const
const parities = ['none', 'even', 'odd'] as const
const usualTimeouts = { modbus_tcp: 1000, modbus_rtu_tcp: 500, modbus_rtu: 250 } as const
const modbusPort = 502

/** The places that the options name. Throws UsageError. */
export function placesOf(values: LineValues, io: CommandIo): readonly ScanPlace[] {
  const [way, second] = ways.filter(each => values[each] !== undefined)
  if (way === undefined) throw new UsageError('say where: write --tcp, --rtu, --rtu-tcp or --link')
  if (second !== undefined) throw new UsageError(`--${way} and --${second} are different lines; write one of them`)
  for (const flag of ['baud', 'parity', 'stop-bits'] as const) {
    if (values[flag] === undefined || way === 'rtu' || way === 'link') continue
    throw new UsageError(`--${flag} means nothing to --${way}; remove it`)
  }
  if (values.port !== undefined && way !== 'tcp')
    throw new UsageError(`--port belongs to --tcp; write --${way} HOST:PORT`)
  const named = values[way] ?? ''
  switch (way) {
    case 'tcp':
      return tcpPlaces(named, values)
    case 'rtu':
      return serialPlaces(resolve(io.cwd, named), { name: 'line', ...serialDefaults(values) }, values)
    case 'rtu-tcp':
      return [rtuTcpPlace(named, values)]
    case 'link':
      return linkPlaces(named, values, io)
    default:
      return way satisfies never
  }
}

function timeoutOf(values: LineValues, kind: ModbusLinkConfig['kind']): number {
  return values.timeout === undefined ? usualTimeouts[kind] : durationFlag('--timeout', values.timeout, 10, 60_000)
}

function tcpPlaces(written: string, values: LineValues): ScanPlace[] {
  const usualPort = values.port === undefined ? modbusPort : integerFlag('--port', values.port, 1, 65_535)
  const [, subnet = '', own] = /^([\d.]+\/\d+)(?::(\d+))?$/.exec(written) ?? []
  const hosts = subnet === '' ? undefined : hostsOf(subnet)
  if (hosts && !hosts.ok) throw new UsageError(`--tcp ${hosts.text}`)
  const port = own === undefined ? usualPort : integerFlag('--tcp', own, 1, 65_535)
  const places = hosts ? hosts.hosts.map(host => ({ host, port })) : [addressOf('--tcp', written, usualPort)]
  const rest = { timeoutMs: timeoutOf(values, 'modbus_tcp'), requestGapMs: 0, maxInFlight: 1 }
  return places.map(({ host, port: at }) => ({
    config: { kind: 'modbus_tcp', name: 'host', host, port: at, ...rest },
    words: addressWords(host, at),
  }))
}

function rtuTcpPlace(written: string, values: LineValues): ScanPlace {
  const { host, port } = addressOf('--rtu-tcp', written)
  const timeoutMs = timeoutOf(values, 'modbus_rtu_tcp')
  return {
    config: { kind: 'modbus_rtu_tcp', name: 'line', host, port, timeoutMs, requestGapMs: 0, connectDelayMs: 0 },
    words: addressWords(host, port),
  }
}

function addressOf(flag: string, written: string, defaultPort?: number): { host: string; port: number } {
  const parsed = endpoint(defaultPort).safeParse(written)
  if (parsed.success && parsed.data.port > 0) return parsed.data
  throw new UsageError(`${flag}: ${parsed.error?.issues[0]?.message ?? 'there is nothing at port 0'}`)
}

/** `192.0.2.10:502`, `[::1]:502`. */
export function addressWords(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function serialDefaults(values: LineValues) {
  return { timeoutMs: timeoutOf(values, 'modbus_rtu'), requestGapMs: 0, connectDelayMs: 0 }
}

/** Every combination of the settings, the most usual first. */
function serialPlaces(
  path: string,
  base: Omit<ModbusRtuLinkConfig, 'kind' | 'port'>,
  values: LineValues,
  own?: SerialPortConfig,
): ScanPlace[] {
  const bauds =
    values.baud === undefined
      ? own
        ? [own.baud]
        : usualBauds
      : wordsFlag('--baud', values.baud, baudRates.map(String)).map(Number)
  const wanted =
    values.parity === undefined ? (own ? [own.parity] : usualParities) : wordsFlag('--parity', values.parity, parities)
  const stops =
    values['stop-bits'] === undefined
      ? [own?.stopBits === 2 ? '2' : '1']
      : wordsFlag('--stop-bits', values['stop-bits'], ['1', '2'])
  const settings = bauds.flatMap(baud =>
    wanted.flatMap(parity =>
      stops.map((stop): SerialPortConfig => {
        return { path, baud, dataBits: own?.dataBits ?? 8, parity, stopBits: stop === '2' ? 2 : 1 }
      }),
    ),
  )
  return settings.map((port, index) => {
    // What was asked at the settings before may be answered late, and would be taken for an answer at these.
    const connectDelayMs = index === 0 ? base.connectDelayMs : Math.max(base.connectDelayMs, 3 * base.timeoutMs)
    return { config: { ...base, kind: 'modbus_rtu', port, connectDelayMs }, words: describeSettings(port) }
  })
}

/** The places of a link of lineside.yaml: one, but where options name other settings of a serial port. Throws UsageError. */
export function linkPlaces(name: string, values: LineValues, io: CommandIo): ScanPlace[] {
  const link = configuredLink(name, values.config, io)
  const timeoutMs = values.timeout === undefined ? link.timeoutMs : timeoutOf(values, link.kind)
  if (link.kind === 'modbus_rtu') {
    const { port, requestGapMs, connectDelayMs } = link
    return serialPlaces(port.path, { name, timeoutMs, requestGapMs, connectDelayMs }, values, port)
  }
  return [{ config: { ...link, timeoutMs }, words: addressWords(link.host, link.port) }]
}

function configuredLink(name: string, configPath: string | undefined, io: CommandIo): ModbusLinkConfig {
  const found = findConfig(configPath, io)
  if (!found.ok) throw new RefusedError(found.text)
  const links = loadConfig(found.path, nodeConfigIo(io.env)).config?.links
  if (!links) throw new RefusedError(`${found.path} is not in order; see lineside check`)
  const link = links.get(name)
  if (link && isModbusLink(link)) return link
  const modbus = [...links.values()].filter(isModbusLink).map(each => each.name)
  const fix = modbus.length === 0 ? 'it has none' : `write ${modbus.join(' or ')}`
  throw new RefusedError(`${name} is no Modbus link of ${found.path}; ${fix}`)
}
