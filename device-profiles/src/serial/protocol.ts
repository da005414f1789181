import { resolveBase } from '../schema.ts'
import { defineProtocol } from '../protocol.ts'
import { pushProblems } from '../values/resolve-point.ts'
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
  resolve: resolveSerial,
  is: profile => profile.protocol === 'serial',
  test: runSerialTests,
})
