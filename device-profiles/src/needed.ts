import type { ProfileFile } from './loader.ts'

/** Name that a profile file gives itself, without judging the rest of it; undefined where it gives none. */
export function profileNameOf(text: string): string | undefined {
  return wordAfter('profile', text)
}

/**
 * Those of many files that make the wanted profiles: their own and the ones they extend. Judging a whole library takes
 * a while that a start should not.
 */
export function neededFiles(files: readonly ProfileFile[], wanted: Iterable<string>): readonly ProfileFile[] {
  const byName = new Map<string, ProfileFile>()
  for (const file of files) {
    const name = profileNameOf(file.text)
    if (name !== undefined && !byName.has(name)) byName.set(name, file)
  }
  const needed = new Set<ProfileFile>()
  const ask = [...wanted]
  for (let name = ask.pop(); name !== undefined; name = ask.pop()) {
    const file = byName.get(name)
    if (file === undefined || needed.has(file)) continue
    needed.add(file)
    const parent = wordAfter('extends', file.text)
    if (parent !== undefined) ask.push(parent)
  }
  return files.filter(file => needed.has(file))
}

/** The plain or quoted word behind a key at the top of a file. */
function wordAfter(key: string, text: string): string | undefined {
  return new RegExp(`^${key}:[ \\t]*["']?([\\w./-]+)`, 'm').exec(text)?.[1]
}
