import { defineProtocol } from '../protocol.ts'
import { resolveModbus } from './resolve.ts'
import { runModbusTests } from './run-tests.ts'
import { modbusProfileSchema } from './schema.ts'

export const modbusProtocol = defineProtocol({
  title: 'Modbus',
  schema: modbusProfileSchema,
  resolve: resolveModbus,
  is: profile => profile.protocol === 'modbus',
  test: runModbusTests,
})
