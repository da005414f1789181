import type { CsvTable } from './csv.ts'

/** `1,234` is 1.234 to one who writes decimal commas, and 1234 to one who writes thousands so. */
const eitherWay = /^[+-]?[1-9]\d{0,2},\d{3}$/
/** A comma that no thousands are written with: `0,1`, `0,001`, `1234,567`. */
const decimal = /^[+-]?(\d+,(\d{1,2}|\d{4,})|(0\d*|\d{4,}),\d{3})$/
const grouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d+|,\d{3})$/

/** Says of which numbers of a table it can't be told what their comma is. */
export function unclearCommas({ header, rows, separator }: Pick<CsvTable, 'header' | 'rows' | 'separator'>) {
  const cells = [...header, ...rows.flat()].map(({ text }) => text)
  const isDecimal =
    separator === ';' && cells.some(text => decimal.test(text)) && !cells.some(text => grouped.test(text))
  return (text: string): { readonly message: string; readonly fix: string } | undefined => {
    if (isDecimal || !eitherWay.test(text)) return undefined
    const [point, whole] = [text.replace(',', '.'), text.replace(',', '')]
    return { message: `${text} may be ${point} or ${whole}`, fix: `write ${point} or ${whole}` }
  }
}
