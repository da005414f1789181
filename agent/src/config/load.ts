import { applyTemplates, type Document, loadDocument, type Problem, problemAt, sortProblems } from '@lineside/settings'
import { correctKeys } from './correct-keys.ts'
import { attribute, type BrokenDevice } from './attribute.ts'
import type { ConfigIo, Resolving } from './context.ts'
import { createCronReader } from './cron.ts'
import { isBeyondJudging, joinReferences, outsideDamage } from './damage.ts'
import { resolveDevices } from './devices/resolve.ts'
import { resolveLinks, usableLinks } from './links/resolve.ts'
import { liftMisplaced } from './misplaced.ts'
import { resolveNotify } from './notify.ts'
import { loadLibrary } from './library.ts'
import { mergeableMaps } from './schema.ts'
import { judgeTemplates } from './templates.ts'
import { resolveTop } from './top.ts'
import type { AgentConfig } from './types.ts'

export interface LoadedConfig {
  /** Without the broken devices. Absent where something is wrong beyond single devices. */
  readonly config?: AgentConfig
  /** Everything that is wrong, also with devices and profiles, in the order of the files. */
  readonly problems: readonly Problem[]
  readonly broken: readonly BrokenDevice[]
}

/**
 * Reads lineside.yaml with all it includes and names. What is wrong with one device or profile takes out that device
 * (or those of that profile) only; what is wrong elsewhere leaves no config. Relative paths begin at the folder of
 * the main file. Never throws for what a user wrote.
 */
export function loadConfig(path: string, io: ConfigIo): LoadedConfig {
  const loaded = loadDocument(path, io, mergeableMaps)
  const { damage = [] } = loaded
  if (loaded.document === undefined || isBeyondJudging(damage)) {
    return { problems: sortProblems(loaded.problems), broken: [] }
  }
  if (loaded.document.root.kind !== 'map') {
    const problems = loaded.problems.length > 0 ? loaded.problems : [notConfiguration(loaded.document)]
    return { problems: sortProblems(problems), broken: [] }
  }
  const lifted = liftMisplaced(loaded.document)
  const spelled = correctKeys(lifted.document)
  const applied = applyTemplates(spelled.document)
  const ctx: Resolving = {
    document: applied.document,
    io,
    isPartial: loaded.problems.some(({ path: at }) => /^include(\.|$)/.test(at)),
    problems: [...lifted.problems, ...spelled.problems, ...applied.problems],
  }

  const top = resolveTop(ctx)
  const links = resolveLinks(ctx, top?.gateway ?? '')
  const notify = resolveNotify(ctx, top?.gateway ?? '', links)
  judgeTemplates(ctx)
  const library = loadLibrary(ctx, top?.profiles)
  const readCron = createCronReader(top?.timezone ?? 'UTC')
  const devices = resolveDevices(ctx, { links, library, readCron })

  const own = [
    ...loaded.problems,
    ...joinReferences(outsideDamage(spelled.document, sortProblems(ctx.problems), damage, loaded.problems)),
  ]
  const { fatal, broken } = attribute(spelled.document, own)
  const told = sortProblems([...own, ...library.problems])
  if (top === undefined || fatal) return { problems: told, broken }
  const { profiles: _own, ...settled } = top
  const faulty = new Set(broken.map(({ device }) => device))
  const sound = [...devices].filter(([name]) => !faulty.has(name))
  return { config: { ...settled, links: usableLinks(links), notify, devices: new Map(sound) }, problems: told, broken }
}

function notConfiguration(document: Document): Problem {
  const isEmpty = document.value === null
  const message = isEmpty ? 'the file is empty' : 'the file is no configuration: it has no keys'
  return problemAt(document, [], message, 'begin it with gateway: and a name')
}
