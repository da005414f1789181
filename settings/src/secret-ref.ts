import * as z from 'zod'
import { Secret } from './secret.ts'

/** Where a secret is kept. */
export type SecretRef = { readonly file: string } | { readonly env: string }

/** Access to what a reference names, passed in. */
export interface SecretReader {
  /** Content of a file, undefined where there is none, or why it can't be read. */
  file(path: string): string | undefined | { readonly error: string }
  env(name: string): string | undefined
}

const unreadable: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
}

/** What a reader answers where reading threw: undefined where there is no file. */
export function whyUnreadable(error: unknown): undefined | { readonly error: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return code === 'ENOENT' ? undefined : { error: unreadable[code] ?? code }
}

const advice = 'write { file: path } or { env: NAME } and keep the secret there'
// The value is not shown: it may well be the secret itself.
const refused = (issue: { input?: unknown }) => {
  if (issue.input === undefined) return `no secret; ${advice}`
  if (typeof issue.input === 'string') return `a secret is never written here; ${advice}`
  return `a secret is the name of a file or of an environment variable; ${advice}`
}
const place = z.string({ error: refused }).min(1, { error: refused })

/** `{ file: … }` or `{ env: … }`; a secret written inline is refused without showing it. */
export const secretRef: z.ZodType<SecretRef> = z
  .union([z.strictObject({ file: place }, { error: refused }), z.strictObject({ env: place }, { error: refused })], {
    error: refused,
  })
  .meta({ description: 'where a secret is kept: { file: path } or { env: NAME }', secret: true })

export type ResolvedSecret =
  | { readonly secret: Secret }
  /** A sentence for `problemAt`; what follows `; ` is the fix. */
  | { readonly refused: string }

/** Fetches a secret; one line break at its end is cut off, and nothing is not a secret. */
export function resolveSecret(ref: SecretRef, read: SecretReader): ResolvedSecret {
  if ('env' in ref) {
    const value = read.env(ref.env)
    if (value === undefined)
      return { refused: `the environment variable ${ref.env} is not set; set it for the service` }
    return secretFrom(value, `the environment variable ${ref.env}`)
  }
  const content = read.file(ref.file)
  if (content === undefined) return { refused: `the file ${ref.file} does not exist; write the secret into it` }
  if (typeof content === 'object') return { refused: `the file ${ref.file} can not be read: ${content.error}` }
  return secretFrom(content, `the file ${ref.file}`)
}

function secretFrom(text: string, where: string): ResolvedSecret {
  const value = text.replace(/\r?\n$/, '')
  if (value.trim() === '') return { refused: `${where} is empty; write the secret into it` }
  if (/[\r\n]/.test(value)) return { refused: `${where} has more than one line; a secret is one line` }
  return { secret: new Secret(value) }
}
