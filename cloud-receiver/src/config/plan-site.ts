import {
  type Document,
  type Problem,
  problemAt,
  resolvePath,
  resolveSecret,
  type SecretReader,
} from '@lineside/settings'
import type { PlanSite } from '../projections/projection.ts'

/** Where the plan of the projection under `key` is made; what can't be read goes to `problems`, with its place. */
export function createPlanSite(key: string, document: Document, secrets: SecretReader, problems: Problem[]): PlanSite {
  const at = (path: string) => resolvePath(document.file, path)
  return {
    at,
    secret(path, ref) {
      const resolved = resolveSecret('file' in ref ? { file: at(ref.file) } : ref, secrets)
      if ('secret' in resolved) return resolved.secret
      problems.push(problemAt(document, [key, ...path], resolved.refused))
      return undefined
    },
  }
}
