import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { powerRules } from './power-rules.ts'
import type { Rule } from './rule.ts'
import { rules } from './rules.ts'

const root = join(import.meta.dirname, '../../..')

/**
 * Lets this process load the product without one of its rules: passages of its source are exchanged as it is loaded.
 * The product itself has no switches. Throws where there is no such rule, or a passage is not in its file exactly once.
 * What it gives says which of the files have not been loaded since: asked once the product is loaded, they had been
 * loaded before, and hold the rule still.
 */
export function switchOff(name: string): () => readonly string[] {
  const all = [...rules, ...powerRules]
  const rule = all.find(candidate => candidate.name === name)
  if (!rule) throw new Error(`--without ${name}: use one of ${all.map(candidate => candidate.name).join(', ')}`)
  const changed = new Map([...sourcesWithout(rule)].map(([file, text]) => [pathToFileURL(join(root, file)).href, text]))
  const unloaded = new Set(changed.keys())
  registerHooks({
    load(url, context, next) {
      const source = changed.get(url)
      const loaded = next(url, context)
      unloaded.delete(url)
      return source === undefined ? loaded : { ...loaded, source }
    },
  })
  return () => [...unloaded]
}

/** The files that make a rule true, each as it reads without it. */
export function sourcesWithout({ name, edits }: Rule): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  for (const { file, from, to } of edits) {
    const parts = (sources.get(file) ?? readFileSync(join(root, file), 'utf8')).split(from)
    if (parts.length !== 2) throw new Error(`rule ${name}: ${file} has its passage ${parts.length - 1} times: ${from}`)
    sources.set(file, parts.join(to))
  }
  return sources
}
