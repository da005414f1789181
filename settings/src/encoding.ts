import type { Fault } from './mend/mend.ts'

/** Why a text can't be read at all: it is none, or was saved in a way that YAML does not know. */
export function badEncoding(text: string): { readonly message: string; readonly fix: string } | undefined {
  if (text.includes('\0')) {
    const pairs = text.slice(2, 42).match(/[^\0]\0|\0[^\0]/g) ?? []
    return pairs.length >= 8 && pairs.length >= Math.min(18, (text.length - 2) / 2)
      ? { message: 'the file is saved as UTF-16', fix: 'save it as UTF-8' }
      : { message: 'the file is no text', fix: 'name a YAML file' }
  }
  // oxlint-disable-next-line no-control-regex -- what no text has
  if (/[\u0001-\u0008\u000E-\u001A\u001C-\u001F]/.test(text.slice(0, 1000))) {
    return { message: 'the file is no text', fix: 'name a YAML file' }
  }
  if (text.includes('\r') && !text.includes('\n')) {
    return {
      message: 'its lines end as those of an old Macintosh (CR)',
      fix: 'save it with line ends of Unix (LF) or Windows (CRLF)',
    }
  }
  return undefined
}

/** The first character that was not UTF-8, outside of comments; it stands for all of them. */
export function strangeCharacters(text: string): readonly Fault[] {
  const lines = text.split('\n')
  const line = lines.findIndex(each => each.replace(/(^|\s)#.*$/, '').includes('\uFFFD'))
  if (line < 0) return []
  const column = lines[line]?.indexOf('\uFFFD') ?? 0
  return [
    { line, column, message: 'a character is lost, because the file is not saved as UTF-8', fix: 'save it as UTF-8' },
  ]
}
