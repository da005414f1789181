import { blankSlips } from './blanks.ts'
import { chunkAround, cutOut } from './cut.ts'
import { readEntries } from './entries.ts'
import { layoutSlip } from './layout/layout.ts'
import { markSlips } from './marks.ts'
import type { Slip } from './slip.ts'

/** What the parser says is wrong, where it noticed. */
export interface Fault {
  /** 0-based. */
  readonly line: number
  /** 0-based. */
  readonly column: number
  readonly message: string
  readonly fix?: string
}

export interface Mistake extends Omit<Slip, 'ways' | 'fix'> {
  readonly fix?: string
  /** The entry of this line could not be read and is left out. */
  readonly isLost?: true
  /** 0-based line where that entry began. */
  readonly from?: number
}

export interface Mended {
  /** What can be read; undefined where even cutting does not help. */
  readonly text?: string
  /** In the order of the lines; each is one mistake that a person made. */
  readonly mistakes: readonly Mistake[]
}

/** Most mistakes that are told of one file; whoever has more has another problem. */
const maxMistakes = 10
/** Most characters that are parsed for all guesses together: some seconds on a small machine. */
const maxParsed = 8_000_000
/** Most guesses for one mistake, each of which costs a parse. */
const maxGuesses = 12

/**
 * Finds the mistakes behind what a parser complains about, by looking for the one small change after which it complains
 * less. What no change helps against is cut out with the entry that it stands in. `parse` tells what the parser says.
 */
export function mend(text: string, parse: (text: string) => readonly Fault[]): Mended {
  let parsed = 0
  const judge = (guess: string) => {
    parsed += guess.length
    return parse(guess)
  }
  const mistakes: Mistake[] = []
  const told = (current?: string): Mended => {
    const sorted = mistakes.toSorted((a, b) => a.line - b.line)
    return current === undefined ? { mistakes: sorted } : { text: current, mistakes: sorted }
  }
  let lines: readonly string[] = text.split('\n')
  for (let faults = judge(text); ; ) {
    const [fault] = faults
    if (fault === undefined) return told(lines.join('\n'))
    if (mistakes.length === maxMistakes) return told()
    if (parsed > maxParsed) {
      mistakes.push({ ...fault, isLost: true })
      return told()
    }
    const better = change(lines, faults, judge)
    if (better) {
      const { ways: _ways, ...mistake } = better.slip
      mistakes.push(mistake)
      ;({ lines, faults } = better)
      continue
    }
    mistakes.push({ ...fault, isLost: true, from: chunkAround(lines, fault.line)[0] })
    const cut = cutOut(lines, fault.line).find(each => isBetter(judge(each.join('\n')), faults))
    if (cut === undefined) return told()
    lines = cut
    faults = judge(lines.join('\n'))
  }
}

interface Better {
  readonly slip: Slip
  readonly lines: readonly string[]
  readonly faults: readonly Fault[]
}

function change(
  lines: readonly string[],
  faults: readonly Fault[],
  judge: (text: string) => readonly Fault[],
): Better | undefined {
  for (const slip of slipsOf(lines).slice(0, maxGuesses)) {
    const tried = slip.ways.map(way => ({ slip, lines: way, faults: judge(way.join('\n')) }))
    const [best] = tried.toSorted((a, b) => a.faults.length - b.faults.length)
    if (best && (isBetter(best.faults, faults) || isChunkSound(lines, best.lines, slip.line, judge))) return best
  }
  return undefined
}

function slipsOf(lines: readonly string[]): readonly Slip[] {
  const { entries, slips } = readEntries(lines)
  const layout = layoutSlip(lines, entries)
  const inOrder = [...slips, ...(layout ? [layout] : [])].toSorted((a, b) => a.line - b.line)
  return [...markSlips(lines), ...blankSlips(lines), ...inOrder]
}

/** Fewer faults, or the first one further down. */
function isBetter(after: readonly Fault[], before: readonly Fault[]): boolean {
  const [first, was] = [after[0], before[0]] as const
  if (after.length < before.length || first === undefined || was === undefined) return after.length < before.length
  return after.length === before.length && first.line > was.line
}

/** What a quote swallowed has mistakes of its own, perhaps: the entry by itself is sound now, and was not before. */
function isChunkSound(
  before: readonly string[],
  after: readonly string[],
  line: number,
  judge: (text: string) => readonly Fault[],
): boolean {
  const [from, to] = chunkAround(before, line)
  const faultsOf = (lines: readonly string[]) => judge(lines.slice(from, to).join('\n')).length
  return faultsOf(before) > 0 && faultsOf(after) === 0
}
