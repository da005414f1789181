import type { Document } from './document.ts'

/** One thing that is wrong in a file, and what to write instead. */
export interface Problem {
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column: number
  /** Dotted path of keys, for instance `devices.press_3.every`. */
  readonly path: string
  readonly message: string
  /** What to write instead. */
  readonly fix?: string
  /** Paths of other entries that it takes out too: they may be meant, or have the same mistake. */
  readonly concerns?: readonly string[]
}

/** `lineside.yaml:14:7 devices.press_3.every: "10x" is not a duration; write for instance 10s, 250ms or 5m`. */
export function formatProblem(problem: Problem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`
  const path = problem.path === '' ? '' : ` ${problem.path}:`
  return `${where}${path} ${problem.message}${problem.fix === undefined ? '' : `; ${problem.fix}`}`
}

/**
 * A problem at the key or value of a path. Where `fix` is left out, what follows the first `; ` of the message is it.
 */
export function problemAt(
  document: Document,
  path: readonly PropertyKey[],
  message: string,
  fix?: string,
  which: 'key' | 'value' = 'value',
): Problem {
  const cut = fix === undefined ? message.indexOf('; ') : -1
  const advice = cut < 0 ? fix : message.slice(cut + 2)
  return {
    ...document.locate(path, which),
    path: path.map(String).join('.'),
    message: cut < 0 ? message : message.slice(0, cut),
    ...(advice === undefined ? {} : { fix: advice }),
  }
}

/** In the order of files as first met, then lines; the same sentence at the same place only once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const files = new Map<string, number>()
  for (const { file } of problems) if (!files.has(file)) files.set(file, files.size)
  const unique = new Map<string, Problem>()
  for (const problem of problems) {
    const key = `${problem.file}\n${problem.line}\n${problem.column}\n${problem.message}`
    if (!unique.has(key)) unique.set(key, problem)
  }
  return [...unique.values()].toSorted(
    (a, b) => (files.get(a.file) ?? 0) - (files.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  )
}
