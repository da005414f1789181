export { Secret } from './secret.ts'
export { formatProblem, type Problem } from './problem.ts'
