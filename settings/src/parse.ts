import { isAlias, isScalar, LineCounter, parseDocument as parseYaml, visit } from 'yaml'
import { type Document, documentOf } from './document.ts'
import { badEncoding, strangeCharacters } from './encoding.ts'
import { locateNodes, tooDeep } from './locate-nodes.ts'
import { foreignValues } from './mend/blanks.ts'
import { type Fault, mend, type Mistake } from './mend/mend.ts'
import type { LocatedNode } from './node.ts'
import type { Problem } from './problem.ts'
import { yamlWords } from './yaml-words.ts'

export interface Parsed {
  /** Absent where the text is no YAML; present beside problems where the rest can still be judged. */
  readonly document?: Document
  readonly problems: readonly Problem[]
  /** What of the document may not be as it was meant; absent: nothing. */
  readonly damage?: readonly Damage[]
}

/** A part of a document that was guessed or left out, so that nothing more can be said of it. */
export interface Damage {
  readonly file: string
  /** Dotted; empty for the whole document. */
  readonly path: string
  /** Left out. */
  readonly isLost: boolean
}

/** Longest file that is read, in bytes of UTF-8. */
export const maxFileBytes = 1_048_576
/** Longest text, in characters, in which the mistake behind a complaint is looked for: each guess is a parse. */
const maxMended = 262_144

/**
 * Reads one YAML 1.2 file (core schema). Anchors, aliases, merges and tags are refused, each with what to write
 * instead; of a key that is written twice the first one counts. Where the text is no YAML, each mistake is told where it
 * was made, and the document is what the text was meant to be, as far as that is known. Never throws.
 */
export function parseDocument(file: string, text: string): Parsed {
  const start = { file, line: 1, column: 1, path: '' }
  if (text.length > maxFileBytes || Buffer.byteLength(text) > maxFileBytes) {
    const fix = 'split it and name the parts under include'
    return { problems: [{ ...start, message: 'the file is larger than 1 MiB', fix }] }
  }
  const encoding = badEncoding(text)
  if (encoding !== undefined) return { problems: [{ ...start, ...encoding }] }
  const written = text.replace(/^\uFEFF/, '')
  const yaml = readYaml(written)
  if (yaml === undefined) return { problems: [{ ...start, message: tooDeep }] }
  const version = yaml.parsed.directives?.yaml
  if (version?.explicit === true && version.version !== '1.2') {
    const message = `YAML ${version.version} is not supported`
    return { problems: [{ ...start, message, fix: 'remove the line that begins with %YAML' }] }
  }
  return yaml.faults.length === 0 ? located(file, written, yaml, []) : mended(file, written, yaml)
}

interface Yaml {
  readonly parsed: ReturnType<typeof parseYaml>
  readonly lineCounter: LineCounter
  readonly faults: readonly Fault[]
}

function mended(file: string, text: string, yaml: Yaml): Parsed {
  if (text.length > maxMended) return { problems: yaml.faults.slice(0, 1).map(fault => problemOf(file, fault, '')) }
  const { text: meant, mistakes } = mend(text, guess => readYaml(guess)?.faults ?? [noFault])
  const read = meant === undefined ? undefined : readYaml(meant)
  if (meant === undefined || read === undefined) {
    return { problems: mistakes.map(mistake => problemOf(file, mistake, '')) }
  }
  return located(file, meant, read, mistakes)
}

const noFault: Fault = { line: 0, column: 0, message: tooDeep }

function located(file: string, text: string, { parsed, lineCounter }: Yaml, mistakes: readonly Mistake[]): Parsed {
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const { root, problems: refused, lost } = locateNodes(parsed.contents, place)
  const owners = mistakes.map(mistake => ownersOf(root, mistake))
  const told = mistakes.map((mistake, index) => {
    const [own = '', ...others] = owners[index] ?? []
    return { ...problemOf(file, mistake, own), ...(others.length > 0 && { concerns: others }) }
  })
  const lines = new Set(told.map(({ line }) => line))
  const strange = strangeCharacters(text).map(fault => problemOf(file, fault, ownersOf(root, fault)[0] ?? ''))
  const damage = [
    ...mistakes.flatMap(({ isLost = false }, index) => (owners[index] ?? []).map(path => ({ file, path, isLost }))),
    ...lost.map(path => ({ file, path, isLost: true })),
  ]
  return {
    document: documentOf(file, root),
    problems: [...told, ...refused.filter(({ line }) => !lines.has(line)), ...strange],
    ...(damage.length > 0 && { damage }),
  }
}

function problemOf(file: string, { line, column, message, fix }: Fault, path: string): Problem {
  return { file, line: line + 1, column: column + 1, path, message, ...(fix === undefined ? {} : { fix }) }
}

/**
 * Paths of the entries that a line belongs to, two keys deep; the one above it too where it may be meant for that. Of an
 * entry that was left out nothing but its key is there.
 */
function ownersOf(root: LocatedNode, mistake: Fault & Partial<Mistake>): readonly string[] {
  const { line, column, from = 0, isUnsure, isWhole } = mistake
  if (isWhole) return ['']
  const before = (node: LocatedNode, least: number, owner: number) =>
    entriesOf(node).filter(([, { key }], index, all) => {
      if (key.line <= least || key.line > line + 1) return false
      // Of several keys in one line the last one before the mistake; where it was moved, the first.
      const isFirst = key.line > owner && all[index - 1]?.[1].key.line !== key.line
      return key.line <= line || key.column <= column + 1 || isFirst
    })
  const [section, { node, key } = { node: undefined, key: undefined }] = before(root, 0, 0).at(-1) ?? ['']
  if (node === undefined) return [section]
  const names = before(node, from, key.line).map(([name]) => `${section}.${name}`)
  const [own = section, other] = names.toReversed()
  return isUnsure && other !== undefined ? [own, other] : [own]
}

function entriesOf(node: LocatedNode) {
  return node.kind === 'map' ? [...node.entries] : []
}

/** Undefined where the nesting exhausted the parser's stack, the one thing it throws for. */
function readYaml(text: string): Yaml | undefined {
  const lineCounter = new LineCounter()
  try {
    // Duplicate keys are found while walking: the parser's own check compares each key with all others.
    const options = { lineCounter, strict: true, uniqueKeys: false, intAsBigInt: true, prettyErrors: false } as const
    const parsed = parseYaml(text, { ...options, logLevel: 'error' })
    const faultAt = (offset: number, words: { readonly message: string; readonly fix?: string }): Fault => {
      const { line, col } = lineCounter.linePos(offset)
      return { line: Math.max(1, line) - 1, column: Math.max(1, col) - 1, ...words }
    }
    const faults = parsed.errors.map(({ code, message, pos }) => faultAt(pos[0], yamlWords(code, message)))
    visit(parsed, {
      Map(_, { items }) {
        const doubles = doubledKeys(items)
        // One may be written twice by mistake; two are those of two maps that became one.
        if (doubles.length > 1) faults.push(...doubles.map(offset => faultAt(offset, doubled)))
      },
      Pair(_, { key }) {
        if (key === null || isScalar(key) || isAlias(key)) return
        const range = typeof key === 'object' && 'range' in key && Array.isArray(key.range) ? key.range : []
        faults.push(faultAt(Number(range[0] ?? 0), noWord))
      },
    })
    faults.push(...foreignValues(text))
    return { parsed, lineCounter, faults: faults.toSorted((a, b) => a.line - b.line || a.column - b.column) }
  } catch {
    return undefined
  }
}

/** Where keys begin that stood in the same map before. */
function doubledKeys(items: readonly { readonly key: unknown }[]): readonly number[] {
  const seen = new Set<unknown>()
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return []
    if (seen.has(key.value)) return [key.range?.[0] ?? 0]
    seen.add(key.value)
    return []
  })
}

const doubled = { message: 'this key is there twice', fix: 'remove one of the two' }
const noWord = { message: 'a key must be a single word', fix: 'put a text with brackets in "quotes"' }
