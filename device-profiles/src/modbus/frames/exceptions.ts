/** Exception codes (Modbus application protocol V1.1b3, section 7). */
export const exceptionNames: ReadonlyMap<number, string> = new Map([
  [0x01, 'illegal function'],
  [0x02, 'illegal data address'],
  [0x03, 'illegal data value'],
  [0x04, 'server device failure'],
  [0x05, 'acknowledge'],
  [0x06, 'server device busy'],
  [0x08, 'memory parity error'],
  [0x0a, 'gateway path unavailable'],
  [0x0b, 'gateway target device failed to respond'],
])

/** `illegal data address (exception 2)`. */
export function exceptionText(code: number): string {
  return `${exceptionNames.get(code) ?? 'unknown'} (exception ${code})`
}

/** The gateway lives and the unit behind it doesn't answer: 0x0A and 0x0B. They never close the connection. */
export function isUnitDead(code: number): boolean {
  return code === 0x0a || code === 0x0b
}
