import { profileWithParams } from '../addressing.ts'
import { lineAsDelivered } from '../as-delivered.ts'
import { keyOrder } from '../key-order.ts'
import { resolveBase } from '../schema.ts'
import { defineProtocol } from '../protocol.ts'
import { textPointKeys, textStep } from '../values/text-point.ts'
import { pushProblems } from '../values/resolve-point.ts'
import type { SerialProfile } from './profile.ts'
import { serialProblems } from './problems.ts'
import { resolveSerial } from './resolve.ts'
import { runSerialTests } from './run-tests.ts'
import { serialShape } from './schema.ts'

export const serialProtocol = defineProtocol({
  title: 'Serial lines',
  schema: serialShape.check(context => {
    const raw = context.value
    pushProblems(context, serialProblems(resolveSerial(raw, { ...resolveBase(raw), version: '' })))
  }),
  keyOrder: keyOrder({
    device: ['serial', 'silent_after'],
    messages: ['framing', 'checksum', 'polls', 'messages', 'others'],
    place: ['from'],
    ...textPointKeys,
    more: ['ignores_status'],
  }),
  addressing: {
    identity: device => ({
      key: 'link',
      of: profileWithParams(device),
      words: 'the device with this profile',
      fix: 'give each a link or other params',
    }),
  },
  resolve: resolveSerial,
  test: runSerialTests,
  lint: () => [],
  isPolled: ({ polls }) => polls.size > 0,
  everyMs,
  stepOf: ({ points }, point) => textStep(points.get(point)),
  deliveredAs: ({ serial }) => lineAsDelivered(serial),
})

/** A point of a polled device is read as often as the poll that brings it. */
function everyMs({ points, polls }: SerialProfile, name: string): number | undefined {
  const point = points.get(name)
  if (!point || point.everyMs !== undefined) return point?.everyMs
  const messages = new Set(point.from.map(source => source.message))
  const intervals = [...polls.values()]
    .filter(poll => poll.answers.length === 0 || poll.answers.some(answer => messages.has(answer)))
    .flatMap(poll => (poll.everyMs === undefined ? [] : [poll.everyMs]))
  return intervals.length === 0 ? undefined : Math.min(...intervals)
}
