import { addressWords } from './line-places.ts'
import type { ModbusLinkConfig } from '../../config/types.ts'
import type { FoundUnit, ScanPlace } from '../../explore/scan.ts'

/** What to paste into lineside.yaml: the lines that units were found on, unless they are there already, and the units. */
export function yamlEntries(units: readonly FoundUnit[], isConfigured: boolean): string {
  const places = [...new Set(units.map(unit => unit.place))]
  const links = new Map(places.map(place => [place, linkName(place, places.length)]))
  const lines: string[] = []
  if (!isConfigured) {
    lines.push('links:', ...places.map(place => `  ${links.get(place)}: { ${linkKeys(place.config)} }`))
  }
  const taken = new Set<string>()
  lines.push('devices:')
  for (const { place, unitId, fits, cutShort } of units) {
    const [best, second] = fits
    if (best === undefined) {
      const fix = 'lineside profile new makes a profile of a register list'
      lines.push(`  # unit ${unitId}: ${cutShort ? 'not looked at yet' : `not recognised; ${fix}`}`)
      continue
    }
    const { profile } = best.profile
    const name = unusedName(`${profile.replace(/^.*\//, '').replaceAll(/[^A-Za-z0-9_-]/g, '_')}_${unitId}`, taken)
    const others = second ? `, it may be ${second.profile.profile} too` : ''
    const doubt = best.confidence === 'possible' ? ` # compare the values with the device first${others}` : ''
    lines.push(`  ${name}: { profile: ${profile}, link: ${links.get(place)}, unit_id: ${unitId} }${doubt}`)
  }
  return `${lines.join('\n')}\n`
}

function linkName({ config }: ScanPlace, places: number): string {
  return places === 1 || config.kind !== 'modbus_tcp'
    ? config.name
    : `host_${config.host.replaceAll(/[^A-Za-z0-9]/g, '_')}`
}

function unusedName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`
  taken.add(name)
  return name
}

function linkKeys(config: ModbusLinkConfig): string {
  if (config.kind !== 'modbus_rtu') return `${config.kind}: "${addressWords(config.host, config.port)}"`
  const { path, baud, parity, stopBits } = config.port
  return `modbus_rtu: ${path}, baud: ${baud}, parity: ${parity}${stopBits === 2 ? ', stop_bits: 2' : ''}`
}

/** The options that name a place again. */
export function placeOptions({ config }: ScanPlace, isConfigured: boolean): string {
  if (isConfigured) return `--link ${config.name}`
  if (config.kind === 'modbus_tcp') return `--tcp ${addressWords(config.host, config.port)}`
  if (config.kind === 'modbus_rtu_tcp') return `--rtu-tcp ${addressWords(config.host, config.port)}`
  return `--rtu ${config.port.path} --baud ${config.port.baud} --parity ${config.port.parity}`
}
