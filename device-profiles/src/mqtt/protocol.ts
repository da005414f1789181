import { profileWithParams } from '../addressing.ts'
import { keyOrder } from '../key-order.ts'
import { resolveBase } from '../schema.ts'
import { defineProtocol } from '../protocol.ts'
import { textPointKeys, textStep } from '../values/text-point.ts'
import { pushProblems } from '../values/resolve-point.ts'
import type { MqttProfile } from './profile.ts'
import { mqttProblems } from './problems.ts'
import { resolveMqtt } from './resolve.ts'
import { runMqttTests } from './run-tests.ts'
import { mqttShape } from './schema.ts'

export const mqttProtocol = defineProtocol({
  title: 'MQTT',
  schema: mqttShape.check(context => {
    const raw = context.value
    pushProblems(context, mqttProblems(resolveMqtt(raw, { ...resolveBase(raw), version: '' })))
  }),
  keyOrder: keyOrder({ device: ['topic', 'silent_after'], messages: ['messages'], place: ['from'], ...textPointKeys }),
  addressing: {
    needs: { key: 'topic', example: ({ topic }: MqttProfile) => topic.example },
    identity(device) {
      const topic = device.value('topic')
      if (typeof topic !== 'string') return undefined
      const words = `${topic} with this profile`
      return { key: 'topic', of: [topic, profileWithParams(device)], words, fix: 'correct one of the two' }
    },
  },
  resolve: resolveMqtt,
  test: runMqttTests,
  lint: () => [],
  isPolled: () => false,
  everyMs: ({ points }, point) => points.get(point)?.everyMs,
  stepOf: ({ points }, point) => textStep(points.get(point)),
  deliveredAs: () => undefined,
})
