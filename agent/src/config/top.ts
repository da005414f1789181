import { dirname, resolve } from 'node:path'
import { validate } from '@lineside/settings'
import { resolveCloud } from './cloud.ts'
import type { Resolving } from './context.ts'
import { topSchema } from './correct-keys.ts'
import type { AgentConfig } from './types.ts'

/** What stands outside of the maps of named entries. */
export interface Top extends Omit<AgentConfig, 'links' | 'devices' | 'notify'> {
  /** Folder of own profiles, as written. */
  readonly profiles?: string
}

/** Undefined where something of it is wrong. */
export function resolveTop(ctx: Resolving): Top | undefined {
  const { value, problems } = validate(topSchema, ctx.document)
  ctx.problems.push(...problems)
  if (value === undefined) return undefined
  const { gateway, timezone, cloud, storage, page, profiles } = value
  const resolved = cloud && resolveCloud(ctx, cloud)
  if (cloud !== undefined && resolved === undefined) return undefined
  return {
    gateway,
    timezone,
    ...(resolved === undefined ? {} : { cloud: resolved }),
    storage: {
      path: resolve(dirname(ctx.document.file), storage.path),
      maxSizeBytes: storage.max_size,
      ...(storage.max_age === undefined ? {} : { maxAgeMs: storage.max_age }),
      minFreeBytes: storage.min_free,
      commitEveryMs: storage.commit_every,
    },
    page: page.listen,
    ...(profiles === undefined ? {} : { profiles }),
  }
}
