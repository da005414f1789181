import { createSecureContext } from 'node:tls'
import { resolvePath, Secret, type SecretRef } from '@lineside/settings'
import { complain, type Resolving } from './context.ts'
import { secretAt, secretReader } from './links.ts'
import type { CloudConfig, CloudTls } from './types.ts'

/** `cloud` as it is written, checked by the schema. */
export interface WrittenCloud {
  readonly url: URL
  readonly token: SecretRef
  readonly ca?: string | undefined
  readonly client_cert?: { readonly cert: string; readonly key: SecretRef } | undefined
  readonly proxy?: URL | undefined
  readonly backlog_rate?: number | undefined
}

/** Undefined where something of it is wrong. */
export function resolveCloud(ctx: Resolving, cloud: WrittenCloud): CloudConfig | undefined {
  const token = secretAt(ctx, ['cloud', 'token'], cloud.token)
  const tls = resolveTls(ctx, cloud)
  if (token === undefined || tls === undefined) return undefined
  const { url, proxy, backlog_rate: rate } = cloud
  const pace = rate === undefined ? {} : { backlogRate: rate }
  return {
    ...pace,
    url,
    token,
    readToken: secretReader(ctx, cloud.token),
    tls,
    ...(proxy === undefined ? {} : { proxy }),
  }
}

function resolveTls(ctx: Resolving, { ca: caFile, client_cert: client }: WrittenCloud): CloudTls | undefined {
  const ca = caFile === undefined ? undefined : pemAt(ctx, ['cloud', 'ca'], caFile)
  const cert = client && pemAt(ctx, ['cloud', 'client_cert', 'cert'], client.cert)
  const keyPath = ['cloud', 'client_cert', 'key']
  const key =
    client &&
    ('file' in client.key ? pemAt(ctx, keyPath, client.key.file) : secretAt(ctx, keyPath, client.key)?.reveal())
  if ((caFile !== undefined && ca === undefined) || (client && (cert === undefined || key === undefined)))
    return undefined
  const own = cert === undefined || key === undefined ? {} : { clientCert: { cert, key: new Secret(key) } }
  if (!isUsable(ctx, ['cloud', 'ca'], 'is no PEM certificate', { ca })) return undefined
  const wrong = 'and its key can not be used; both are PEM, and the key belongs to the certificate'
  if (!isUsable(ctx, ['cloud', 'client_cert'], wrong, { cert, key })) return undefined
  return { ...(ca === undefined ? {} : { ca }), ...own }
}

function pemAt(ctx: Resolving, path: readonly string[], file: string): string | undefined {
  const place = resolvePath(ctx.document.file, file)
  const text = ctx.io.read(place)
  if (text === undefined) complain(ctx, path, `the file ${place} can not be read; write the path of a PEM file`)
  else if (!text.includes('-----BEGIN ')) complain(ctx, path, `the file ${place} is not PEM; it begins with -----BEGIN`)
  else return text
  return undefined
}

function isUsable(
  ctx: Resolving,
  path: readonly string[],
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
