import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Rule, rules } from './rules.ts'

const root = join(import.meta.dirname, '../../..')

/**
 * Lets this process load the product without one of its rules: as it is loaded, one passage of one source file is
 * exchanged. The product itself has no switches. Throws where there is no such rule, or its passage is not in the
 * source exactly once.
 */
export function switchOff(name: string): Rule {
  const rule = rules.find(candidate => candidate.name === name)
  if (!rule) throw new Error(`--without ${name}: use one of ${rules.map(candidate => candidate.name).join(', ')}`)
  const path = join(root, rule.file)
  const changed = without(readFileSync(path, 'utf8'), rule)
  const { href } = pathToFileURL(path)
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      return url === href ? { ...loaded, source: changed } : loaded
    },
  })
  return rule
}

/** The source of a file without a rule. */
export function without(source: string, { name, file, from, to }: Rule): string {
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`rule ${name}: ${file} has its passage ${parts.length - 1} times: ${from}`)
  return parts.join(to)
}
