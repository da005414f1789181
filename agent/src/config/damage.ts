import { type Damage, type Document, type Problem } from '@lineside/settings'
import { writtenKeys, writtenText } from './context.ts'
import { mergeableMaps } from './schema.ts'

/** Sections, and keys that bring sections from elsewhere: without one of them nobody knows what others refer to. */
const bearing: readonly string[] = ['', 'include', 'profiles', ...mergeableMaps]

/** So much is lost that what stands elsewhere can't be judged. */
export function isBeyondJudging(damage: readonly Damage[]): boolean {
  return damage.some(({ path, isLost }) => isLost && bearing.includes(path))
}

/**
 * The problems without those of entries that were guessed or left out, and of devices that use such a template: what
 * seems wrong in these may come from the guess.
 */
export function outsideDamage(
  document: Document,
  problems: readonly Problem[],
  damage: readonly Damage[],
): readonly Problem[] {
  const paths = damage.flatMap(({ path }) => (bearing.includes(path) ? [] : [path]))
  const users = writtenKeys(document, ['devices']).flatMap(device =>
    paths.includes(`templates.${writtenText(document, ['devices', device, 'use']) ?? ''}`) ? [`devices.${device}`] : [],
  )
  const guessed = [...paths, ...users]
  return problems.filter(({ path }) => !guessed.some(each => path === each || path.startsWith(`${each}.`)))
}
