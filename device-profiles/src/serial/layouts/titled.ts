import type { TitledLayout } from '../profile.ts'
import { cutFields, joinFields } from './cut-fields.ts'
import { damaged, type Layout } from './layout.ts'

interface Columns {
  /** Where each field stands. */
  readonly places: readonly number[]
  readonly count: number
}

/**
 * Columns by their titles, which the device sends in a line of their own. Until that line came nothing is read, and a
 * line with some of the titles, but not all, ends what was known: the device has other columns now.
 */
export function titledLayout({ by, quoted, fields: titles }: TitledLayout): Layout {
  const wanted = [...titles.values()]
  let columns: Columns | undefined
  return {
    fields: [...titles.keys()],
    ahead: joinFields(wanted, by, quoted),
    read(text) {
      const found = cutFields(text, by, quoted)
      if (found === undefined) return damaged('its quotes do not end')
      const missing = wanted.filter(title => !found.includes(title))
      if (missing.length < wanted.length) {
        columns =
          missing.length > 0 ? undefined : { places: wanted.map(title => found.indexOf(title)), count: found.length }
        return columns === undefined ? damaged(`the titles lack ${missing.join(', ')}`) : 'titles'
      }
      if (columns === undefined) return damaged('the line with the titles has not come yet')
      if (found.length !== columns.count) return damaged(`it has ${found.length} fields for ${columns.count} titles`)
      return columns.places.map(place => found[place])
    },
    write: texts =>
      joinFields(
        [...titles.keys()].map(name => texts.get(name) ?? ''),
        by,
        quoted,
      ),
  }
}
