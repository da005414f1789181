import type * as z from 'zod'
import { resolvePointBase } from '../schema.ts'
import type { TextPoint } from './point.ts'
import type { RawTextPoint } from './schema.ts'

/** Something wrong in a profile that its shape can't tell. */
export interface ProfileProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** What to write instead. */
  readonly fix?: string
}

/** A point with every default written out. */
export function resolveTextPoint(name: string, raw: RawTextPoint): TextPoint {
  return {
    ...resolvePointBase(name, raw),
    type: raw.type,
    ...(raw.decimals === undefined ? {} : { decimals: raw.decimals }),
    ...(raw.decimal_comma ? { decimalComma: true } : {}),
    scale: raw.scale,
    offset: raw.offset,
    units: new Map(
      Object.entries(raw.units).map(([text, factor]) => [
        text,
        typeof factor === 'number' ? { scale: factor, offset: 0 } : factor,
      ]),
    ),
    names: new Map(Object.entries(raw.names)),
    notAvailable: new Set(raw.not_available),
  }
}

/** What can be wrong in a point whatever its protocol. `namesUnit`: a source says where the unit stands. */
export function textPointProblems(
  point: TextPoint,
  namesUnit: boolean,
  params: ReadonlyMap<string, unknown>,
): readonly ProfileProblem[] {
  const problems: ProfileProblem[] = []
  const add = (key: string, message: string, fix: string) => {
    problems.push({ path: ['points', point.name, key], message, fix })
  }
  const numeric = point.type === 'number' || point.type === 'integer' || point.type === 'nmea_degrees'
  if (!numeric && (point.units.size > 0 || point.scale !== 1 || point.offset !== 0 || point.range !== undefined)) {
    add('type', `a ${point.type} has no units, scale, offset or range`, 'write type: number, or leave them out')
  }
  if (point.decimalComma && point.type !== 'number') {
    add('decimal_comma', `a ${point.type} has no decimals`, 'write type: number, or leave it out')
  }
  if (point.type === 'enum' && point.names.size === 0)
    add('names', 'an enum names its values', 'write names: { text: name }')
  for (const [text, name] of point.names) {
    const fits = point.type === 'bool' ? typeof name === 'boolean' : point.type === 'enum' && typeof name === 'string'
    if (!fits)
      add(
        'names',
        `name of "${text}" does not fit a ${point.type}`,
        'write true or false for a bool, texts for an enum',
      )
  }
  if (namesUnit !== point.units.size > 0) {
    add(
      'units',
      'units and the place of the unit belong together',
      'write units: { text: factor } and unit: under from',
    )
  }
  if (point.units.size > 0 && (point.scale !== 1 || point.offset !== 0)) {
    add('scale', 'units already scale the value', 'put the factor into units')
  }
  if ([...point.units.values()].some(unit => unit.scale === 0) || point.scale === 0) {
    add('scale', 'a scale of 0 loses the value', 'write the factor between raw value and unit')
  }
  for (const key of ['scale', 'offset'] as const) {
    const factor = point[key]
    if (typeof factor === 'string' && !params.has(factor)) {
      add(key, `there is no param ${factor}`, `declare it: params: { ${factor}: { description: … } }`)
    }
  }
  return problems
}

/** Hands problems to a schema's check, so that each gets its place in the file. */
export function pushProblems(
  context: { readonly value: unknown; readonly issues: z.core.$ZodRawIssue[] },
  problems: readonly ProfileProblem[],
): void {
  for (const { path, message, fix } of problems) {
    const text = fix === undefined ? message : `${message}; ${fix}`
    context.issues.push({ code: 'custom', input: context.value, path: [...path], message: text })
  }
}
