import type { ProfileFile } from '@lineside/device-profiles'
import { type Document, type Files, name, nodeAt, type Problem, problemAt, type SecretReader } from '@lineside/settings'

/** Access to files and environment, passed in. */
export interface ConfigIo extends Files, SecretReader {
  /** Device profiles that come with the agent. */
  builtinProfiles(): readonly ProfileFile[]
  /** Where a path leads, links followed; itself where nothing is there. */
  realPath(path: string): string
}

/** What is being resolved, and where complaints go. */
export interface Resolving {
  readonly document: Document
  readonly io: ConfigIo
  /** Files that it includes could not be read: what is missing may stand in them. */
  readonly isPartial?: boolean
  readonly problems: Problem[]
}

type ProblemPath = readonly (string | number)[]

/** Notes a problem; what follows the first `; ` of the message is the fix unless one is given. */
export function complain(ctx: Resolving, path: ProblemPath, message: string, fix?: string, which?: 'key' | 'value') {
  ctx.problems.push(problemAt(ctx.document, path, message, fix, which))
}

/** Names of the entries of a map; a key that can't be a name is left out, with a problem. */
export function entryNames(ctx: Resolving, section: string): readonly string[] {
  const node = nodeAt(ctx.document.root, [section])
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return []
  if (node.kind !== 'map') {
    complain(ctx, [section], `${section} is not a map of names`, 'write name: { … } below it')
    return []
  }
  return [...node.entries.keys()].filter(key => {
    const judged = name.safeParse(key)
    if (judged.success) return true
    complain(ctx, [section, key], judged.error.issues[0]?.message ?? `${key} can not be a name`, undefined, 'key')
    return false
  })
}

/** What is written at a path, if it is a single value of that kind. */
export function writtenText(document: Document, path: ProblemPath): string | undefined {
  const node = nodeAt(document.root, path)
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}

/** Keys of a map at a path; none where there is no map. */
export function writtenKeys(document: Document, path: ProblemPath): readonly string[] {
  const node = nodeAt(document.root, path)
  return node?.kind === 'map' ? [...node.entries.keys()] : []
}
