import { validate } from '@lineside/settings'
import { entryNames, type Resolving } from './context.ts'
import { templateEntry } from './devices/entry.ts'

/** Judges templates by themselves too: a slip in one that no device uses yet is told all the same. */
export function judgeTemplates(ctx: Resolving): void {
  for (const template of entryNames(ctx, 'templates')) {
    const { problems } = validate(templateEntry, ctx.document, { at: ['templates', template] })
    // `use` in a template was refused with better words where templates are applied.
    ctx.problems.push(...problems.filter(({ path }) => path !== `templates.${template}.use`))
  }
}
