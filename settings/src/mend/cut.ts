import { indentOf, isEmpty } from './slip.ts'

/** Lines from … to (exclusive). */
export type Range = readonly [from: number, to: number]

/** The entry of a section that a line stands in, as indentation has it; the section where it has no entries. */
export function chunkAround(lines: readonly string[], line: number): Range {
  const [from, to] = sectionAround(lines, line)
  const child = lines.findIndex((text, index) => index > from && index < to && !isEmpty(text))
  if (child < 0 || line < child) return [from, to]
  const column = indentOf(lines[child] ?? '')
  const isHead = (text: string) => !isEmpty(text) && indentOf(text) <= column && !/^\s*[}\]]/.test(text)
  const first = lines.findLastIndex((text, index) => index <= line && index >= child && isHead(text))
  const next = lines.findIndex((text, index) => index > Math.max(first, line) && index < to && isHead(text))
  return [first < 0 ? child : first, next < 0 ? to : next]
}

const beginsSection = /^[^\s#}\]]/

function sectionAround(lines: readonly string[], line: number): Range {
  const first = lines.findLastIndex((text, index) => index <= line && beginsSection.test(text))
  const next = lines.findIndex((text, index) => index > line && beginsSection.test(text))
  return [Math.max(first, 0), next < 0 ? lines.length : next]
}

/** The lines without the entry that a line stands in, or without its section; keys stay, so that what is missing has a name. */
export function cutOut(lines: readonly string[], line: number): readonly (readonly string[])[] {
  return [chunkAround(lines, line), sectionAround(lines, line)].flatMap(([from, to]) => {
    const head = lines[from] ?? ''
    const key = /^\s*[A-Za-z_][\w.-]*:(?=\s|$)/.exec(head)?.[0]
    const without = (first: string) =>
      lines.map((text, index) => (index === from ? first : index > from && index < to ? '' : text))
    return key === undefined ? [without('')] : [without(key), without('')]
  })
}
