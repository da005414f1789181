import type { Framer } from './frame.ts'
import { createFixedFramer } from './framers/fixed.ts'
import { createLineFramer } from './framers/lines.ts'
import { createMarkedFramer } from './framers/marked.ts'
import type { Framing } from './profile.ts'

/** A framer at the start of a connection. */
export function createFramer(framing: Framing): Framer {
  if (framing.kind === 'lines') return createLineFramer(framing)
  return framing.kind === 'fixed' ? createFixedFramer(framing) : createMarkedFramer(framing)
}
