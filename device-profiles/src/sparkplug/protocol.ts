import { profileWithParams } from '../addressing.ts'
import { keyOrder } from '../key-order.ts'
import { defineProtocol } from '../protocol.ts'
import { resolveBase } from '../schema.ts'
import { textPointKeys, textStep } from '../values/text-point.ts'
import { pushProblems } from '../values/resolve-point.ts'
import { resolveSparkplug, sparkplugProblems } from './resolve.ts'
import { runSparkplugTests } from './run-tests.ts'
import { sparkplugShape } from './schema.ts'

export const sparkplugProtocol = defineProtocol({
  title: 'Sparkplug B',
  schema: sparkplugShape.check(context => {
    const raw = context.value
    pushProblems(context, sparkplugProblems(resolveSparkplug(raw, { ...resolveBase(raw), version: '' })))
  }),
  keyOrder: keyOrder({ device: ['silent_after'], place: ['metric', 'datatype'], ...textPointKeys }),
  addressing: {
    needs: { key: 'sparkplug', example: () => '{ group: plant, node: edge_1, device: press_3 }' },
    identity(device) {
      const place = device.value('sparkplug')
      if (place === undefined) return undefined
      const words = 'this Sparkplug device with this profile'
      return { key: 'sparkplug', of: [place, profileWithParams(device)], words, fix: 'correct one of the two' }
    },
  },
  resolve: resolveSparkplug,
  test: runSparkplugTests,
  lint: () => [],
  isPolled: () => false,
  everyMs: ({ points }, point) => points.get(point)?.everyMs,
  stepOf: ({ points }, point) => textStep(points.get(point)),
  deliveredAs: () => undefined,
})
