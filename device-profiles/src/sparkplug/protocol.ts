import { defineProtocol } from '../protocol.ts'
import { resolveBase } from '../schema.ts'
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
  resolve: resolveSparkplug,
  is: profile => profile.protocol === 'sparkplug',
  test: runSparkplugTests,
})
