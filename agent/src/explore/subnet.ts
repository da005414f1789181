/** Largest part of a network that is scanned at once: 1,022 hosts. */
const widestPrefix = 22

export type Hosts =
  | { readonly ok: true; readonly hosts: readonly string[] }
  | { readonly ok: false; readonly text: string }

/** The hosts of `192.0.2.0/28`; a name or an address alone is one. Network and broadcast address are left out. */
export function hostsOf(written: string): Hosts {
  if (!written.includes('/')) return { ok: true, hosts: [written] }
  const [, address = '', digits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(written) ?? []
  const bytes = address.split('.').map(Number)
  const prefix = Number(digits)
  const isAddress = bytes.length === 4 && bytes.every(byte => Number.isInteger(byte) && byte <= 255)
  if (digits === '' || !isAddress || prefix > 32) {
    return { ok: false, text: `${written} is no subnet; write for instance 192.0.2.0/28` }
  }
  if (prefix < widestPrefix) {
    const count = (2 ** (32 - prefix)).toLocaleString('en')
    return { ok: false, text: `${written} has ${count} addresses; scan a /${widestPrefix} or a smaller part at a time` }
  }
  const size = 2 ** (32 - prefix)
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  const start = number - (number % size)
  const [skipFirst, skipLast] = prefix <= 30 ? [1, 1] : [0, 0]
  const hosts = Array.from({ length: size - skipFirst - skipLast }, (_, n) => dotted(start + skipFirst + n))
  return { ok: true, hosts }
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.')
}
