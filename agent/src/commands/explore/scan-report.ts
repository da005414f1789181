import { unitSign, type Value } from '@lineside/contract'
import { identificationObjects, type RankedFit } from '@lineside/device-profiles'
import type { FoundUnit, ScanPlace, ScanResult } from '../../explore/scan.ts'
import { wrapText } from '../terminal/columns.ts'
import type { KeptPlace } from './line-owner.ts'
import { placeOptions, yamlEntries } from './scan-entries.ts'

export interface ScanReport {
  /** What was scanned, as the user named it. */
  readonly target: {
    readonly words: string
    readonly isNetwork: boolean
    readonly kind: ScanPlace['config']['kind']
  }
  /** The place is a link of lineside.yaml. */
  readonly isConfigured: boolean
  /** No profiles were tried. */
  readonly isQuick: boolean
  readonly result: ScanResult
  /** Places that were left to the running agent. */
  readonly kept: readonly KeptPlace[]
  /** Which device of lineside.yaml a unit is. */
  readonly known: (place: ScanPlace, unitId: number) => string | undefined
  readonly isInterrupted: boolean
}

const mostOthers = 2
const unindented = { first: '', rest: '  ' }
const mostTroubles = 10

/** What was found, for a person who stands in front of it: lines under 80 columns. */
export function scanText(report: ScanReport): string {
  const { result, target, isInterrupted } = report
  const lines: string[] = []
  const [first] = result.troubles
  if (first?.isClosed && !target.isNetwork) return `${first.text}\n`
  for (const place of new Set(result.units.map(unit => unit.place))) {
    const own = result.units.filter(unit => unit.place === place)
    lines.push(`${placeWords(place)}: ${own.length} unit${own.length === 1 ? '' : 's'}`, '')
    if (result.alike.includes(place)) lines.push('  it answers every unit id alike: one device', '')
    for (const unit of own) lines.push(...unitLines(unit, report), '')
  }
  if (result.units.length === 0) lines.push(`no unit answers on ${target.words}`, ...adviceFor(report))
  lines.push(...troubleLines(result, target.isNetwork))
  for (const { place, text } of report.kept) lines.push(...wrapText(`${place.words} was left out: ${text}`, unindented))
  if (result.untried > 0 && isInterrupted)
    lines.push(`ended early; ${result.untried} ${target.isNetwork ? 'hosts' : 'settings'} not tried`)
  else if (result.untried > 0) lines.push(`${result.untried} other settings were not tried; --all tries them too`)
  const unknown = newUnits(report)
  if (unknown.length > 0) {
    lines.push('', 'to put into lineside.yaml:', '', yamlEntries(unknown, report.isConfigured).trimEnd())
  }
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

/** Units that lineside.yaml does not have yet, and that were looked at. */
function newUnits({ result, isQuick, known }: ScanReport): readonly FoundUnit[] {
  return isQuick ? [] : result.units.filter(({ place, unitId }) => known(place, unitId) === undefined)
}

function placeWords({ config, words }: ScanPlace): string {
  return config.kind === 'modbus_rtu' ? `${config.port.path} at ${words}` : words
}

function unitLines(unit: FoundUnit, { isConfigured, isQuick, known }: ScanReport): string[] {
  const { unitId, fits, how, told, place, cutShort } = unit
  const [best, ...others] = fits
  const names = namesOf(told)
  const device = known(place, unitId)
  const has = device === undefined ? [] : [`  in lineside.yaml as ${device}`]
  const says = names === undefined ? [] : wrapped(`says it is ${names}`)
  if (best === undefined) {
    const named = device ?? `${placeOptions(place, isConfigured)} --unit-id ${unitId}`
    const probe = `next: lineside probe ${named}`
    const verdict = cutShort || isQuick ? 'there, not looked at yet' : 'not recognised'
    return [
      `unit ${unitId}: ${verdict}`,
      ...has,
      ...wrapped(how),
      ...says,
      ...leftAlone(cutShort && !isQuick),
      `  ${probe}`,
    ]
  }
  const { profile, vendor, model } = best.profile
  return [
    `unit ${unitId}: ${profile}, ${best.confidence}`,
    ...has,
    ...wrapped(`${vendor} ${model}`),
    ...wrapped(best.why),
    ...says,
    ...shows(best),
    ...others.slice(0, mostOthers).map(fit => `  or ${fit.profile.profile}: ${fit.good} of ${fit.asked} points`),
    ...leftAlone(cutShort),
  ]
}

function leftAlone(cutShort: boolean): string[] {
  return cutShort ? ['  not all could be asked: it went silent, or the scan was ended'] : []
}

function namesOf(told: ReadonlyMap<number, string>): string | undefined {
  const names = [...told].filter(([id]) => identificationObjects.has(id) && id !== 3).map(([, text]) => text)
  return names.length === 0 ? undefined : names.join(' ')
}

function shows({ samples }: RankedFit): string[] {
  if (samples.length === 0) return []
  const values = samples.map(({ point, value, unit = '' }) => `${point} ${shortValue(value)} ${unitSign(unit)}`.trim())
  return wrapped(`shows ${values.join(', ')}`)
}

function shortValue(value: Value): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value)
}

/** Indented, under 80 columns. */
function wrapped(text: string): string[] {
  return wrapText(text, { first: '  ', rest: '    ' })
}

function troubleLines({ troubles, units }: ScanResult, isNetwork: boolean): string[] {
  // Of a whole network most hosts are not there, which is no trouble.
  const told = isNetwork ? troubles.filter(({ isClosed }) => !isClosed) : troubles
  const shown = told
    .slice(0, mostTroubles)
    .map(({ place, text }) => wrapped(`${place.words}: ${text}`).join('\n').trim())
  if (told.length > mostTroubles) shown.push(`and ${told.length - mostTroubles} more`)
  return shown.length === 0 ? [] : [...(units.length > 0 ? ['also seen:'] : []), ...shown]
}

/** What to look at where nothing answers. */
function adviceFor({ result, target, isInterrupted }: ScanReport): string[] {
  const closed = result.troubles.filter(({ isClosed }) => isClosed).length
  if (target.isNetwork) return [`no connection was made with ${closed} of its hosts`]
  if (isInterrupted) return []
  return result.troubles.length > 0 ? whatDisturbs[target.kind] : whatIsWrong[target.kind]
}

type Advice = Readonly<Record<ScanPlace['config']['kind'], string[]>>

/** Where something answers that is no answer. */
const whatDisturbs: Advice = {
  modbus_rtu: ['two units with one id, another client, an adapter that hears itself, or noise?'],
  modbus_rtu_tcp: ['two units with one id, another client, noise, or a device that speaks Modbus TCP (--tcp)?'],
  modbus_tcp: ['another service on this port? a serial device server passes RTU frames on: --rtu-tcp'],
}

/** Where nothing answers at all. */
const whatIsWrong: Advice = {
  modbus_rtu: [
    'look at: power, A and B exchanged, termination, the unit id (--units), the baud',
    'rate (--baud), slower units (--timeout 1s)',
  ],
  modbus_rtu_tcp: [
    'look at: power, A and B exchanged, termination, the unit id (--units), the baud',
    'rate that the device server is set to, slower units (--timeout 1s)',
  ],
  modbus_tcp: [
    'look at: Modbus TCP switched on at the device, the unit id (--units), slower units',
    '(--timeout 1s); a serial device server passes RTU frames on: --rtu-tcp',
  ],
}

/** The same for a program. */
export function scanJson(report: ScanReport): object {
  const { target, isConfigured, result, kept, known, isInterrupted } = report
  const unknown = newUnits(report)
  return {
    target: target.words,
    complete: !isInterrupted,
    units: result.units.map(({ place, unitId, how, told, fits, cutShort }) => ({
      place: linkOf(place),
      unit_id: unitId,
      device: known(place, unitId) ?? null,
      how,
      says: Object.fromEntries([...told].map(([id, text]) => [identificationObjects.get(id) ?? String(id), text])),
      complete: !cutShort,
      alike: result.alike.includes(place),
      profiles: fits.map(({ profile, confidence, why, good, asked, samples }) => ({
        profile: profile.profile,
        confidence,
        why,
        good,
        asked,
        samples,
      })),
    })),
    troubles: result.troubles.map(({ place, isClosed, text }) => ({
      place: linkOf(place),
      connected: !isClosed,
      text,
    })),
    left_out: kept.map(({ place, text }) => ({ place: linkOf(place), text })),
    untried: result.untried,
    yaml: unknown.length === 0 ? null : yamlEntries(unknown, isConfigured),
  }
}

function linkOf({ config }: ScanPlace): object {
  if (config.kind !== 'modbus_rtu') return { [config.kind]: `${config.host}:${config.port}` }
  const { path, baud, parity, stopBits } = config.port
  return { modbus_rtu: path, baud, parity, stop_bits: stopBits }
}
