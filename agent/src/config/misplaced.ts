import { type Document, documentOf, type LocatedNode, type MapEntry, type Problem } from '@lineside/settings'
import { topSchema } from './correct-keys.ts'
import { deviceEntry } from './devices/entry.ts'
import { isKind } from './links/table.ts'
import { mergeableMaps } from './schema.ts'

type Section = (typeof mergeableMaps)[number]

/**
 * What stands one step too far right or left, and is good YAML there: a section among the entries of another one, a key of a
 * device among the devices, a device outside of them. Each is told once, and judged where it is meant to be.
 */
export function liftMisplaced(document: Document): {
  readonly document: Document
  readonly problems: readonly Problem[]
} {
  if (document.root.kind !== 'map') return { document, problems: [] }
  const problems: Problem[] = []
  const root = new Map(document.root.entries)
  for (const section of mergeableMaps) takeOutSections(root, section, problems)
  for (const section of mergeableMaps) takeInKeys(root, section, problems)
  takeInEntries(root, problems)
  return { document: documentOf(document.file, { ...document.root, entries: root }), problems }
}

type Entries = Map<string, MapEntry>

function entriesOf(root: Entries, section: Section): [string, MapEntry][] {
  const node = root.get(section)?.node
  return node?.kind === 'map' ? [...node.entries] : []
}

function write(root: Entries, section: Section, entries: Iterable<readonly [string, MapEntry]>): void {
  const old = root.get(section)
  const [first] = entries
  const key = old?.key ?? first?.[1].key
  if (key === undefined) return
  root.set(section, { key, node: { kind: 'map', place: old?.node.place ?? key, entries: new Map(entries) } })
}

function told(entry: MapEntry, path: string, message: string, fix: string): Problem {
  return { ...entry.key, path, message, fix }
}

/** `devices:` among the templates: what follows it, or stands in it, are devices. */
function takeOutSections(root: Entries, section: Section, problems: Problem[]): void {
  const kept: [string, MapEntry][] = []
  let into: Section | undefined
  for (const [name, entry] of entriesOf(root, section)) {
    const meant = mergeableMaps.find(each => each === name && each !== section && !root.has(each))
    const { node } = entry
    if (meant !== undefined && (isNothing(node) || holdsEntries(node))) {
      problems.push(told(entry, meant, `${name} stands among the ${section}`, 'begin it in column 1'))
      root.set(meant, { key: entry.key, node })
      into = isNothing(node) ? meant : undefined
    } else if (into === undefined) kept.push([name, entry])
    else write(root, into, [...entriesOf(root, into), [name, entry]])
  }
  if (kept.length > 0) write(root, section, kept)
}

/** `unit_id: 7` among the devices belongs to the one above it. */
function takeInKeys(root: Entries, section: Section, problems: Problem[]): void {
  const entries: [string, MapEntry][] = []
  for (const [name, entry] of entriesOf(root, section)) {
    const above = entries.at(-1)
    if (above === undefined || !isKeyOf(section, name, entry.node, above[1])) {
      entries.push([name, entry])
      continue
    }
    const [owner, { key, node }] = above
    const first = node.kind === 'map' ? [...node.entries.values()][0]?.key : undefined
    const column = first !== undefined && first.line > key.line ? first.column : key.column + 2
    const fix = `begin it in column ${column} to make it part of ${owner}`
    problems.push(told(entry, `${section}.${owner}.${name}`, `${name} stands among the ${section}`, fix))
    if (node.kind !== 'map' || node.entries.has(name)) continue
    entries[entries.length - 1] = [owner, { key, node: { ...node, entries: new Map(node.entries).set(name, entry) } }]
  }
  if (entries.length > 0) write(root, section, entries)
}

function isKeyOf(section: Section, name: string, node: LocatedNode, above: MapEntry): boolean {
  if (above.node.kind !== 'map' || isNothing(node) || isDevice(node)) return false
  const isKnown = (section === 'devices' || section === 'templates') && Object.hasOwn(deviceEntry.shape, name)
  return isKnown || node.kind !== 'map'
}

/** A device, link … at the very left, behind the others. */
function takeInEntries(root: Entries, problems: Problem[]): void {
  let section: Section | undefined
  for (const [name, entry] of root) {
    if (Object.hasOwn(topSchema.shape, name)) section = mergeableMaps.find(each => each === name)
    else if (section !== undefined && isEntryOf[section](entry.node)) {
      const others = entriesOf(root, section)
      if (others.some(([other]) => other === name)) continue
      const column = others[0]?.[1].key.column ?? 3
      const message = `${name} stands outside of ${section}`
      problems.push(told(entry, `${section}.${name}`, message, `begin it in column ${column}`))
      root.delete(name)
      write(root, section, [...others, [name, entry]])
    }
  }
}

const isEntryOf: Readonly<Record<Section, (node: LocatedNode) => boolean>> = {
  links: node => node.kind === 'map' && [...node.entries.keys()].some(isKind),
  templates: isDevice,
  devices: isDevice,
  notify: node => node.kind === 'map' && node.entries.has('mqtt'),
}

function isDevice(node: LocatedNode): boolean {
  return node.kind === 'map' && ['profile', 'use', 'link', 'unit_id', 'topic'].some(key => node.entries.has(key))
}

/** A section holds maps; a device or link that is called as one holds texts and numbers too. */
function holdsEntries(node: LocatedNode): boolean {
  return (
    node.kind === 'map' && node.entries.size > 0 && [...node.entries.values()].every(entry => entry.node.kind === 'map')
  )
}

function isNothing(node: LocatedNode): boolean {
  return node.kind === 'scalar' && node.value === null
}
