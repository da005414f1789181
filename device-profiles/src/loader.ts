import {
  correctSpelling,
  type Damage,
  type Document,
  didYouMean,
  parseDocument,
  type Problem,
  problemAt,
  sortProblems,
  suggest,
} from '@lineside/settings'
import * as z from 'zod'
import { extendDocument } from './extend.ts'
import type { DeviceProfile } from './profile.ts'
import { protocols } from './protocols.ts'

/** A profile file that was read by someone else. */
export interface ProfileFile {
  /** As it shall be named in problems. */
  readonly file: string
  readonly text: string
  /** Comes with Lineside, and can't be moved out of the way. */
  readonly isBuiltIn?: boolean
}

export interface LoadedProfiles {
  /** By name. A broken profile is absent, and takes only those along that extend it. */
  readonly profiles: ReadonlyMap<string, DeviceProfile>
  readonly problems: readonly Problem[]
  /** Where each good profile was written, `extends` merged. */
  readonly documents: ReadonlyMap<string, Document>
}

/** Every key that a profile of some protocol may have at its top, whatever it holds. */
const anyProfile = z.strictObject(
  Object.fromEntries(
    [...protocols.values()]
      .flatMap(({ schema }) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []))
      .map(key => [key, z.unknown().optional()]),
  ),
)

/**
 * Reads profiles, resolves `extends` (one level), checks them all. Of two with one name the first counts; the other is
 * judged too.
 */
export function loadProfiles(files: readonly ProfileFile[]): LoadedProfiles {
  const problems: Problem[] = []
  const written = new Map<string, Document>()
  const builtIn = new Set(files.filter(({ isBuiltIn }) => isBuiltIn).map(({ file }) => file))
  const doubles: Document[] = []
  /** Of which something is wrong already: judged, and not used. */
  const unsound = new Set<Document>()
  const damage: Damage[] = []
  /** What may come from damage, and is not told then. */
  const found: Problem[] = []
  for (const { file, text } of files) {
    const parsed = parseDocument(file, text)
    problems.push(...parsed.problems)
    damage.push(...(parsed.damage ?? []))
    if (!parsed.document || parsed.damage?.some(({ path, isLost }) => isLost && !path.includes('.'))) continue
    const { document, problems: misspelled } = correctSpelling(anyProfile, parsed.document, [])
    found.push(...misspelled)
    if (parsed.problems.length + misspelled.length > 0) unsound.add(document)
    const name = textAt(document, 'profile')
    const first = name === undefined ? undefined : written.get(name)
    if (name === undefined) {
      const isSaid = parsed.damage?.some(({ path }) => path === 'profile')
      if (!isSaid) found.push(problemAt(document, [], 'profile is missing; write profile: vendor/model'))
    } else if (first) {
      found.push(problemAt(document, ['profile'], takenWords(name, first.file, builtIn.has(first.file))))
      doubles.push(document)
    } else written.set(name, document)
  }

  const profiles = new Map<string, DeviceProfile>()
  const documents = new Map<string, Document>()
  for (const [name, own] of written) {
    const extended = resolveExtends(own, written)
    found.push(...extended.problems)
    if (!extended.document) continue
    const loaded = loadDocument(extended.document)
    found.push(...loaded.problems)
    const parent = written.get(textAt(own, 'extends') ?? '')
    if (!loaded.profile || unsound.has(own) || (parent && unsound.has(parent))) continue
    profiles.set(name, loaded.profile)
    documents.set(name, extended.document)
  }
  for (const own of doubles) {
    const extended = resolveExtends(own, written)
    found.push(...extended.problems, ...(extended.document ? loadDocument(extended.document).problems : []))
  }
  const told = found.filter(each => !damage.some(part => mayComeFrom(part, each)))
  return { profiles, documents, problems: sortProblems([...problems, ...told]) }
}

/** A problem in what was guessed, or one of tests and alarms where a point was. */
function mayComeFrom(damage: Damage, { file, path }: Problem): boolean {
  if (damage.file !== file) return false
  const isOfPoints = damage.path.startsWith('points') && /^(tests|alarms)\./.test(path)
  return isOfPoints || path === damage.path || path.startsWith(`${damage.path}.`)
}

function takenWords(name: string, file: string, isBuiltIn: boolean): string {
  if (!isBuiltIn) return `${file} is called ${name} already; choose another name`
  const own = `own/${name.slice(name.indexOf('/') + 1)}`
  const fix = `choose another name, for instance profile: ${own}; where it differs from the built-in one in a part only, write extends: ${name} and that part`
  return `a profile called ${name} is built in, and none takes its place; ${fix}`
}

function loadDocument(document: Document): { readonly profile?: DeviceProfile; readonly problems: readonly Problem[] } {
  const name = textAt(document, 'protocol')
  const known = [...protocols.keys()]
  if (name === undefined) {
    return { problems: [problemAt(document, [], `protocol is missing; write protocol: ${known.join(', ')}`)] }
  }
  const protocol = protocols.get(name)
  if (protocol) return protocol.load(document)
  return { problems: [problemAt(document, ['protocol'], `${name} is not a known protocol`, suggest(name, known))] }
}

function resolveExtends(
  own: Document,
  written: ReadonlyMap<string, Document>,
): { readonly document?: Document; readonly problems: readonly Problem[] } {
  const parentName = textAt(own, 'extends')
  if (parentName === undefined) return { document: own, problems: [] }
  const parent = written.get(parentName)
  if (!parent) {
    const near = didYouMean(parentName, written.keys())
    const fix = near === undefined ? 'name a profile of this folder or a built-in one' : `did you mean ${near}?`
    return { problems: [problemAt(own, ['extends'], `there is no profile ${parentName}`, fix)] }
  }
  const grandparent = textAt(parent, 'extends')
  if (grandparent !== undefined) {
    const message = `${parentName} itself extends ${grandparent}; extend ${grandparent}`
    return { problems: [problemAt(own, ['extends'], message)] }
  }
  return { document: extendDocument(parent, own), problems: [] }
}

function textAt(document: Document, key: string): string | undefined {
  const { root } = document
  const node = root.kind === 'map' ? root.entries.get(key)?.node : undefined
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}
