const textual: ReadonlySet<string> = new Set(['bool', 'enum', 'bitfield', 'string'])

/** Whether the values of a point of this type are numbers, of any protocol. */
export function isNumericType(type: string): boolean {
  return !textual.has(type)
}
