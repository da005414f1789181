import { type Damage, type Document, type Problem } from '@lineside/settings'
import { writtenKeys, writtenText } from './context.ts'
import { mergeableMaps } from './schema.ts'

/** Sections, and keys that bring sections from elsewhere: without one of them nobody knows what others refer to. */
const bearing: readonly string[] = ['', 'include', 'profiles', ...mergeableMaps]

/** So much is lost that what stands elsewhere can't be judged. */
export function isBeyondJudging(damage: readonly Damage[]): boolean {
  return damage.some(({ path, isLost }) => isLost && bearing.includes(path))
}

/** Several devices that name what is not there are one mistake, of whoever gave it its name. */
export function joinReferences(problems: readonly Problem[]): readonly Problem[] {
  const told = new Map<string, Problem>()
  for (const problem of problems) {
    const { message, fix = '', path } = problem
    const isReference = /^there is no (link|template|profile) /.test(message)
    const key = isReference ? `${message}\n${fix}` : JSON.stringify(problem)
    const first = told.get(key)
    if (first === undefined) told.set(key, problem)
    else if (isReference) told.set(key, { ...first, concerns: [...(first.concerns ?? []), path] })
  }
  return [...told.values()].map(problem =>
    /^there is no (link|template|profile) /.test(problem.message) && problem.concerns
      ? { ...problem, message: `${problem.message}, also for ${problem.concerns.length} more` }
      : problem,
  )
}

/**
 * The problems without those of entries that were guessed or left out, and of devices that use such a template: what
 * seems wrong in these may come from the guess.
 */
export function outsideDamage(
  document: Document,
  problems: readonly Problem[],
  damage: readonly Damage[],
  syntax: readonly Problem[],
): readonly Problem[] {
  const lines = new Set(syntax.map(({ file, line }) => `${line} ${file}`))
  const paths = damage.flatMap(({ path }) => (bearing.includes(path) ? [] : [path]))
  const users = writtenKeys(document, ['devices']).flatMap(device =>
    paths.includes(`templates.${writtenText(document, ['devices', device, 'use']) ?? ''}`) ? [`devices.${device}`] : [],
  )
  const guessed = [...paths, ...users]
  return problems.filter(
    ({ file, line, path }) =>
      !(damage.length > 0 && lines.has(`${line} ${file}`)) &&
      !guessed.some(each => path === each || path.startsWith(`${each}.`)),
  )
}
