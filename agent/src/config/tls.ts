import { createSecureContext } from 'node:tls'
import { resolvePath, Secret, type SecretRef } from '@lineside/settings'
import { complain, type ConfigIo, type Resolving } from './context.ts'
import { secretAt } from './secrets.ts'
import type { TlsConfig } from './types.ts'

/** `ca` and `client_cert` as they are written, checked by the schema. */
export interface WrittenTls {
  readonly ca?: string | undefined
  readonly client_cert?: { readonly cert: string; readonly key: SecretRef } | undefined
}

type Path = readonly string[]

/** Certificates of the section at `path`; undefined where something of it is wrong. */
export function resolveTls(ctx: Resolving, path: Path, written: WrittenTls): TlsConfig | undefined {
  const { ca: caFile, client_cert: client } = written
  const ca = caFile === undefined ? undefined : pemAt(ctx, [...path, 'ca'], caFile)
  const cert = client && pemAt(ctx, [...path, 'client_cert', 'cert'], client.cert)
  const keyPath = [...path, 'client_cert', 'key']
  const key =
    client &&
    ('file' in client.key
      ? pemAt(ctx, keyPath, client.key.file, place => ctx.io.file(place))
      : secretAt(ctx, keyPath, client.key)?.reveal())
  if ((caFile !== undefined && ca === undefined) || (client && (cert === undefined || key === undefined)))
    return undefined
  const own = cert === undefined || key === undefined ? {} : { clientCert: { cert, key: new Secret(key) } }
  if (!isUsable(ctx, [...path, 'ca'], 'is no PEM certificate', { ca })) return undefined
  const wrong = 'and its key can not be used; both are PEM, and the key belongs to the certificate'
  if (!isUsable(ctx, [...path, 'client_cert'], wrong, { cert, key })) return undefined
  return { ...(ca === undefined ? {} : { ca }), ...own }
}

function pemAt(
  ctx: Resolving,
  path: Path,
  file: string,
  read: ConfigIo['file'] = place => ctx.io.read(place),
): string | undefined {
  const place = resolvePath(ctx.document.file, file)
  const text = read(place)
  if (typeof text !== 'string') complain(ctx, path, `the file ${place} can not be read; write the path of a PEM file`)
  else if (!text.includes('-----BEGIN ')) complain(ctx, path, `the file ${place} is not PEM; it begins with -----BEGIN`)
  else return text
  return undefined
}

function isUsable(
  ctx: Resolving,
  path: Path,
  wrong: string,
  parts: { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined },
): boolean {
  try {
    createSecureContext(parts)
    return true
  } catch (error) {
    // OpenSSL's words never hold a part of the key.
    complain(ctx, path, `the certificate ${wrong}`, error instanceof Error ? error.message : undefined)
    return false
  }
}
