import type { Framer } from './frame.ts'
import { createFixedFramer } from './framers/fixed.ts'
import { createLineFramer } from './framers/lines.ts'
import { createMarkedFramer } from './framers/marked.ts'
import type { Framing } from './profile.ts'

export function createFramer(framing: Framing): Framer {
  switch (framing.kind) {
    case 'lines':
      return createLineFramer(framing)
    case 'fixed':
      return createFixedFramer(framing)
    case 'marked':
      return createMarkedFramer(framing)
  }
}
