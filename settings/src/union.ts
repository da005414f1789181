import type * as z from 'zod'

type Issue = z.core.$ZodIssue

export type BestBranch =
  /** The branch the user most likely meant, with what is wrong in it. */
  | { readonly kind: 'branch'; readonly issues: readonly Issue[] }
  /** No branch takes this kind of value: one issue for each of them. */
  | { readonly kind: 'none'; readonly issues: readonly Issue[] }

/**
 * Of the branches of a union, the one with least against it: a wrong kind of value counts most, then keys that
 * the branch doesn't know or misses, least a wrong value further in, because its key was recognised.
 */
export function bestBranch(branches: readonly (readonly Issue[])[]): BestBranch {
  const possible = branches.filter(issues => !issues.some(isWrongKind))
  if (possible.length === 0) return { kind: 'none', issues: branches.flatMap(issues => issues.slice(0, 1)) }
  const [first = [], ...others] = possible
  const best = others.reduce((least, issues) => (cost(issues) < cost(least) ? issues : least), first)
  return { kind: 'branch', issues: best }
}

function isWrongKind(issue: Issue): boolean {
  if (issue.code === 'invalid_union') {
    return issue.path.length === 0 && issue.errors.length > 0 && issue.errors.every(inner => inner.some(isWrongKind))
  }
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
}

function cost(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + 10 * issue.keys.length
    if (issue.code === 'invalid_value') return sum + 5
    return sum + (issue.path.length <= 1 ? 4 : 1)
  }, 0)
}
