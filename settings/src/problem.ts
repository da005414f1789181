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
}

/** `lineside.yaml:14:7 devices.press_3.every: "10x" is not a duration; write for instance 10s, 250ms or 5m`. */
export function formatProblem(problem: Problem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`
  const path = problem.path === '' ? '' : ` ${problem.path}:`
  return `${where}${path} ${problem.message}${problem.fix === undefined ? '' : `; ${problem.fix}`}`
}
