import { resolvePath, resolveSecret, type Secret, type SecretRef } from '@lineside/settings'
import { complain, type Resolving } from './context.ts'

/** A secret's value; relative files are looked for beside the main file, whichever file names them. */
export function secretAt(ctx: Resolving, path: readonly string[], ref: SecretRef): Secret | undefined {
  const resolved = readSecret(ctx, ref)
  if ('secret' in resolved) return resolved.secret
  complain(ctx, path, resolved.refused)
  return undefined
}

/** Reads a secret anew, for one that may change while the agent runs. */
export function secretReader(ctx: Resolving, ref: SecretRef): () => Secret | undefined {
  return () => {
    const resolved = readSecret(ctx, ref)
    return 'secret' in resolved ? resolved.secret : undefined
  }
}

function readSecret(ctx: Resolving, ref: SecretRef): ReturnType<typeof resolveSecret> {
  const placed = 'file' in ref ? { file: resolvePath(ctx.document.file, ref.file) } : ref
  return resolveSecret(placed, ctx.io)
}
