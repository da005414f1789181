import { contentEnd, indentOf, type Slip, spliced, writeInstead } from './slip.ts'

export interface MissingColon {
  readonly name: string
  readonly isOpener: boolean
  readonly slip: Slip
}

const word = '[A-Za-z_][\\w.-]*'
const glued = new RegExp(`^(${word}):(?!//)(\\S.*)$`)
const equals = new RegExp(`^(${word})\\s*=\\s*(\\S.*)$`)
const spaced = new RegExp(`^(${word})[ \\t\\u00a0]+(\\S.*)$`)
const alone = new RegExp(`^${word}$`)

/** Reads a line without a key as one that has lost its colon, or what else makes it one; undefined where it isn't likely. */
export function missingColon(lines: readonly string[], line: number): MissingColon | undefined {
  const text = lines[line] ?? ''
  const column = indentOf(text)
  const written = text.slice(column, contentEnd(text))
  const found = (name: string, value: string, message: string, begin = column): MissingColon => ({
    name,
    isOpener: value === '',
    slip: {
      line,
      column: begin,
      message,
      fix: writeInstead('', `${name}:${value === '' ? '' : ` ${value}`}`),
      ways: [spliced(lines, { line, column }, written.length, `${name}:${value === '' ? '' : ` ${value}`}`)],
    },
  })
  if (written.startsWith('//')) {
    const slip = {
      line,
      column,
      message: 'a comment begins with # and not with //',
      fix: 'write #',
      ways: [spliced(lines, { line, column }, 2, '#')],
    }
    return { name: '//', isOpener: false, slip }
  }
  const [, gluedName, gluedValue = ''] = glued.exec(written) ?? []
  if (gluedName !== undefined) {
    return found(gluedName, gluedValue.trimStart(), `there is no space behind the colon of ${gluedName}`)
  }
  const [, name, value = ''] = equals.exec(written) ?? spaced.exec(written) ?? []
  if (name !== undefined) return found(name, value, `there is no colon behind ${name}`)
  return alone.test(written) ? found(written, '', `there is no colon behind ${written}`) : undefined
}
