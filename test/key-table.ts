/** The parts of a JSON Schema that a table of keys tells of. */
interface Schema {
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly secret?: true
  /** What counts where nothing is written, where that is no fixed value. */
  readonly usually?: string
}

/** A table of all keys that may be written under `title`, with those below them. */
export function keyTable(title: string, schema: Schema): string {
  return [`| ${title} | meaning | if nothing is written |`, '| --- | --- | --- |', ...rowsOf(schema, '')].join('\n')
}

function rowsOf(schema: Schema, above: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${above}${key}`
    const variants = value.anyOf ?? [value]
    const map = value.secret ? undefined : variants.find(({ properties }) => properties !== undefined)
    const words = variants.flatMap(({ const: word, enum: all = [word] }) =>
      all.filter(each => typeof each === 'string'),
    )
    const isNeeded = schema.required?.includes(key) === true
    const described = value.description === undefined ? [] : [value.description]
    const written = words.map(word => `\`${word}\``).join(', ')
    const meaning = [...described, ...(written === '' ? [] : [written])].join(variants.length > 1 ? '; or ' : ': ')
    if (meaning === '') throw new Error(`${path} has no description`)
    const row = `| \`${path}\` | ${meaning.replaceAll('|', '\\|')} | ${usual(value, isNeeded)} |`
    return [row, ...(map ? rowsOf(map, `${path}.`) : [])]
  })
}

function usual(value: Schema, isNeeded: boolean): string {
  const preset = value.default
  if (value.usually !== undefined) return value.usually
  if (preset === undefined) return isNeeded ? 'must be written' : 'none'
  if (typeof preset === 'object') return 'as below'
  return `\`${typeof preset === 'string' ? preset : JSON.stringify(preset)}\``
}
