import type { AgentView } from './view.ts'

const unasked = () => {
  throw new Error('nobody asks that here')
}

/** An agent of which nothing may be asked: tests put in its place what they are about. */
export const unaskedView: AgentView = {
  status: unasked,
  alarms: unasked,
  acknowledge: unasked,
  read: unasked,
  samples: unasked,
  bus: unasked,
  unquarantine: unasked,
}
