import type { Document, Problem } from '@lineside/settings'
import { writtenKeys, writtenText } from './context.ts'

/** A device that can't run, and why. */
export interface BrokenDevice {
  readonly device: string
  readonly problems: readonly Problem[]
}

export interface Attributed {
  /** Something is wrong that is no single device's or template's. */
  readonly fatal: boolean
  readonly broken: readonly BrokenDevice[]
}

/**
 * Says whose each problem is: a device's own, or that of every device that uses a template. `document` is the one
 * before templates were applied.
 */
export function attribute(document: Document, problems: readonly Problem[]): Attributed {
  const devices = writtenKeys(document, ['devices'])
  const users = new Map<string, readonly string[]>()
  for (const template of writtenKeys(document, ['templates'])) {
    users.set(
      template,
      devices.filter(device => writtenText(document, ['devices', device, 'use']) === template),
    )
  }
  const broken = new Map<string, Problem[]>()
  let fatal = false
  for (const problem of problems) {
    for (const path of [problem.path, ...(problem.concerns ?? [])]) {
      const device = owner(path, 'devices', devices)
      const template = owner(path, 'templates', [...users.keys()])
      const concerned = device === undefined ? (users.get(template ?? '') ?? []) : [device]
      if (device === undefined && template === undefined) fatal = true
      for (const name of concerned) {
        const known = broken.get(name) ?? []
        known.push(problem)
        broken.set(name, known)
      }
    }
  }
  return { fatal, broken: [...broken].map(([name, own]) => ({ device: name, problems: unique(own) })) }
}

function owner(path: string, section: string, names: readonly string[]): string | undefined {
  return names.find(name => path === `${section}.${name}` || path.startsWith(`${section}.${name}.`))
}

/** The same slip is found in a template and in each device that uses it. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  const places = new Map(problems.map(p => [`${p.file}\n${p.line}\n${p.column}\n${p.message}`, p]))
  return [...places.values()]
}
