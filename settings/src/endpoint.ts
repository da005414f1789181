import * as z from 'zod'
import { describeValue } from './value-words.ts'

export interface Endpoint {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string
  /** 0…65535; 0 lets the system choose, which only a listener can. */
  readonly port: number
}

const form = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9_.])?))(?::(\d{1,5}))?$/

/**
 * `"192.0.2.10:502"`, `"plc.example:502"` or `"[::1]:502"` → host and port. Without `defaultPort` the port must be
 * written.
 */
export function endpoint(defaultPort?: number) {
  const example = `"192.0.2.10:${defaultPort ?? 4001}"`
  const refused = (issue: { input?: unknown }) =>
    `${describeValue(issue.input)} is not an address; ${adviceFor(issue.input, defaultPort) ?? `write host and port, for instance ${example}`}`
  return z
    .string({ error: refused })
    .regex(form, { error: refused })
    .transform((text, ctx): Endpoint => {
      const [, v6, plain = '', digits] = form.exec(text) ?? []
      const port = digits === undefined ? defaultPort : Number(digits)
      if (port === undefined) {
        ctx.issues.push({
          code: 'custom',
          input: text,
          message: `"${text}" has no port; write for instance "${text}:4001"`,
        })
        return z.NEVER
      }
      if (plain !== '' && !isPossibleHost(plain)) {
        const message = `${plain} is no IPv4 address; write four numbers from 0 to 255 without zeros before them, for instance 192.0.2.10`
        ctx.issues.push({ code: 'custom', input: text, message })
        return z.NEVER
      }
      if (port > 65_535) {
        ctx.issues.push({ code: 'custom', input: text, message: `port ${port} does not exist; write at most 65535` })
        return z.NEVER
      }
      return { host: v6 ?? plain, port }
    })
    .meta({ description: `host and port, for instance ${example}`, examples: [example.slice(1, -1)] })
}

/** Numbers and dots alone are an IPv4 address, or nothing: no name ends in a number. */
function isPossibleHost(host: string): boolean {
  if (/(^|\.)0\d/.test(host) && /^[\d.]+$/.test(host)) return false
  if (!/^[\d.]+$/.test(host)) return true
  const parts = host.split('.')
  return parts.length === 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

function adviceFor(input: unknown, defaultPort: number | undefined): string | undefined {
  if (typeof input === 'object' && input !== null && !Array.isArray(input))
    return joinedParts({ ...input }, defaultPort)
  if (typeof input !== 'string') return undefined
  const [, host = '', port = ''] = /^([A-Za-z0-9._-]+):(.*)$/.exec(input) ?? []
  if (/^\d{6,}$/.test(port)) return 'a port is at most 65535'
  if (host !== '' && /^[A-Za-z]*$/.test(port))
    return `write the port as a number, for instance "${host}:${defaultPort ?? 4001}"`
  const scheme = /^\w+:\/\/([^/]+)/.exec(input)
  if (scheme !== null) return `write "${scheme[1] ?? ''}" without ${input.slice(0, input.indexOf('//') + 2)}`
  // Blanks, commas for dots, and quotes of a text processor or of one end only.
  const plain = input.replaceAll(/[\s"'\u201c-\u201f\u00ab\u00bb]/g, '').replaceAll(',', '.')
  if (plain !== input && form.test(plain)) return `write "${plain}"`
  const bare = /^([0-9A-Fa-f]*:){2,}[0-9A-Fa-f]*$/.test(input)
  return bare ? `write an IPv6 address in brackets, for instance "[${input}]:502"` : undefined
}

/** `{ host: 192.0.2.10, port: 502 }` as one text. */
function joinedParts(parts: Readonly<Record<string, unknown>>, defaultPort: number | undefined): string | undefined {
  const host = parts['host'] ?? parts['ip'] ?? parts['address'] ?? parts['hostname']
  const port = parts['port'] ?? defaultPort ?? 4001
  if (typeof host !== 'string' || (typeof port !== 'number' && typeof port !== 'string')) return undefined
  const text = `${host}:${port}`
  return form.test(text) ? `write "${text}"` : undefined
}
