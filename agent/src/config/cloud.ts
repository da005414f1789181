import type { SecretRef } from '@lineside/settings'
import type { Resolving } from './context.ts'
import { secretAt, secretReader } from './secrets.ts'
import { resolveTls } from './tls.ts'
import type { CloudConfig } from './types.ts'

/** `cloud` as it is written, checked by the schema. */
export interface WrittenCloud {
  readonly url: URL
  readonly token: SecretRef
  readonly ca?: string | undefined
  readonly client_cert?: { readonly cert: string; readonly key: SecretRef } | undefined
  readonly proxy?: URL | undefined
  readonly backlog_rate?: number | undefined
  readonly monthly_budget?: number | undefined
}

/** Undefined where something of it is wrong. */
export function resolveCloud(ctx: Resolving, cloud: WrittenCloud): CloudConfig | undefined {
  const token = secretAt(ctx, ['cloud', 'token'], cloud.token)
  const tls = resolveTls(ctx, ['cloud'], cloud)
  if (token === undefined || tls === undefined) return undefined
  const { url, proxy, backlog_rate: rate, monthly_budget: budget } = cloud
  const pace = rate === undefined ? {} : { backlogRate: rate }
  return {
    ...pace,
    ...(budget === undefined ? {} : { monthlyBudget: budget }),
    url,
    token,
    readToken: secretReader(ctx, cloud.token),
    tls,
    ...(proxy === undefined ? {} : { proxy }),
  }
}
