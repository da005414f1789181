import { resolveBase } from '../schema.ts'
import { defineProtocol } from '../protocol.ts'
import { pushProblems } from '../values/resolve-point.ts'
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
  resolve: resolveMqtt,
  is: profile => profile.protocol === 'mqtt',
  test: runMqttTests,
})
