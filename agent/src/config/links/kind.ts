import type { DeviceProfile } from '@lineside/device-profiles'
import { validate } from '@lineside/settings'
import type * as z from 'zod'
import type { Resolving } from '../context.ts'
import type { LinkConfig } from '../types.ts'

/** The entry of a link that is being resolved. */
export interface LinkEntry {
  readonly ctx: Resolving
  readonly link: string
  readonly gateway: string
}

/** What only one link can have: a serial port, a place to listen at. */
export interface Claim {
  /** The same for two links that can't be there together. */
  readonly of: string
  /** Where the second one is told. */
  readonly key: string
  readonly message: (other: string) => string
  readonly fix: string
}

/** What the configuration knows of a kind of link: a row of `table.ts`. */
export interface LinkKind<C extends LinkConfig> {
  readonly schema: z.ZodType
  /** What the devices on it speak. */
  readonly protocols: readonly DeviceProfile['protocol'][]
  /** No device answers unit id 0, which is for all of them. */
  readonly hasBroadcast: boolean
  /** Undefined where something of the entry is wrong; it is told then. */
  resolve(entry: LinkEntry): C | undefined
  claim(config: C, ctx: Resolving): Claim | undefined
}

interface Row<S extends z.ZodType, C extends LinkConfig> {
  readonly schema: S
  readonly protocols: LinkKind<C>['protocols']
  readonly hasBroadcast?: boolean
  /** Makes of a valid entry what the link is made of; undefined where it can't, after saying so. */
  readonly resolve: (written: z.output<S>, entry: LinkEntry) => C | undefined
  readonly claim?: (config: NoInfer<C>, ctx: Resolving) => Claim | undefined
}

export function linkKind<S extends z.ZodType, C extends LinkConfig>(row: Row<S, C>): LinkKind<C> {
  return {
    schema: row.schema,
    protocols: row.protocols,
    hasBroadcast: row.hasBroadcast ?? false,
    claim: row.claim ?? (() => undefined),
    resolve(entry) {
      const { value, problems } = validate(row.schema, entry.ctx.document, { at: ['links', entry.link] })
      entry.ctx.problems.push(...problems)
      return value === undefined ? undefined : row.resolve(value, entry)
    },
  }
}
