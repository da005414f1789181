import { LineCounter, parseDocument as parseYaml } from 'yaml'
import { type Document, documentOf } from './document.ts'
import { locateNodes, tooDeep } from './locate-nodes.ts'
import type { Problem } from './problem.ts'
import { yamlWords } from './yaml-words.ts'

export interface Parsed {
  /** Absent where the text is no YAML; present beside problems where the rest can still be judged. */
  readonly document?: Document
  readonly problems: readonly Problem[]
}

/** Longest file that is read, in bytes of UTF-8. */
export const maxFileBytes = 1_048_576

/**
 * Reads one YAML 1.2 file (core schema). Anchors, aliases, merges and tags are refused, each with what to write
 * instead; of a key that is written twice the first one counts. Never throws.
 */
export function parseDocument(file: string, text: string): Parsed {
  const start = { file, line: 1, column: 1, path: '' }
  if (text.length > maxFileBytes || Buffer.byteLength(text) > maxFileBytes) {
    const fix = 'split it and name the parts under include'
    return { problems: [{ ...start, message: 'the file is larger than 1 MiB', fix }] }
  }
  const lineCounter = new LineCounter()
  const yaml = readYaml(text, lineCounter)
  if (yaml === undefined) return { problems: [{ ...start, message: tooDeep }] }

  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const version = yaml.directives?.yaml
  if (version?.explicit === true && version.version !== '1.2') {
    const message = `YAML ${version.version} is not supported`
    return { problems: [{ ...start, message, fix: 'remove the line that begins with %YAML' }] }
  }
  const located = locateNodes(yaml.contents, place)
  const errors = yaml.errors.map(({ code, message, pos }) => ({
    ...place(pos[0]),
    path: '',
    ...yamlWords(code, message),
  }))
  if (errors.length > 0) return { problems: syntaxProblems(errors, located.problems) }
  return { document: documentOf(file, located.root), problems: located.problems }
}

const maxSyntaxProblems = 10

/** One problem a line: what we refuse ourselves (an alias) explains the parser's complaints about the rest of its line. */
function syntaxProblems(errors: readonly Problem[], refused: readonly Problem[]): readonly Problem[] {
  const broken = new Set(errors.map(error => error.line))
  const lines = new Map<number, Problem>()
  for (const problem of [...refused.filter(({ line }) => broken.has(line)), ...errors]) {
    if (!lines.has(problem.line)) lines.set(problem.line, problem)
  }
  return [...lines.values()].toSorted((a, b) => a.line - b.line).slice(0, maxSyntaxProblems)
}

/** Undefined where the nesting exhausted the parser's stack, the one thing it throws for. */
function readYaml(text: string, lineCounter: LineCounter) {
  try {
    // Duplicate keys are found while walking: the parser's own check compares each key with all others.
    const options = { lineCounter, strict: true, uniqueKeys: false, intAsBigInt: true, prettyErrors: false } as const
    return parseYaml(text, { ...options, logLevel: 'error' })
  } catch {
    return undefined
  }
}
