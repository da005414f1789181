/** Datatypes of a metric by their numbers (Sparkplug 3.0, section 6.4.16). Those with a single value can be points. */
export const datatypes = {
  1: 'Int8',
  2: 'Int16',
  3: 'Int32',
  4: 'Int64',
  5: 'UInt8',
  6: 'UInt16',
  7: 'UInt32',
  8: 'UInt64',
  9: 'Float',
  10: 'Double',
  11: 'Boolean',
  12: 'String',
  13: 'DateTime',
  14: 'Text',
  15: 'UUID',
  16: 'DataSet',
  17: 'Bytes',
  18: 'File',
  19: 'Template',
} as const

const names: Readonly<Record<number, string>> = datatypes

/** Datatypes that a point can be made of. */
export const scalarTypes = [
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float',
  'Double',
  'Boolean',
  'String',
  'DateTime',
  'Text',
  'UUID',
] as const
export type ScalarType = (typeof scalarTypes)[number]

/** Bits of integer types; signed ones travel as two's complement in an unsigned field. */
export const integers: Readonly<Record<string, { readonly bits: number; readonly signed: boolean } | undefined>> = {
  Int8: { bits: 8, signed: true },
  Int16: { bits: 16, signed: true },
  Int32: { bits: 32, signed: true },
  Int64: { bits: 64, signed: true },
  UInt8: { bits: 8, signed: false },
  UInt16: { bits: 16, signed: false },
  UInt32: { bits: 32, signed: false },
  UInt64: { bits: 64, signed: false },
  DateTime: { bits: 64, signed: false },
}

/** What a datatype is called; those from 22 on are arrays, and the others are not known. */
export function datatypeName(number: number): string {
  return names[number] ?? (number >= 22 && number <= 34 ? 'an array' : `datatype ${number}`)
}

/** Number of a datatype by its name. */
export function datatypeNumber(name: ScalarType): number {
  return scalarTypes.indexOf(name) + 1
}
