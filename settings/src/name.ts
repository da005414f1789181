import * as z from 'zod'
import { describeValue } from './value-words.ts'

/** Longest name of a gateway, link, device, point or alarm. */
export const maxNameLength = 64

const refused = (issue: { input?: unknown }) =>
  `${describeValue(issue.input)} can not be a name; use letters, digits, _ and -, at most ${maxNameLength}, beginning with a letter or digit`

/** Name of a gateway, link, device, template or alarm: it goes into topics, keys and paths as it is. */
export const name = z
  .string({ error: refused })
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, { error: refused })
  .meta({ description: 'letters, digits, _ and -' })
