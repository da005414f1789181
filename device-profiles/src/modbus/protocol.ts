import type { WrittenDevice } from '../addressing.ts'
import { lineAsDelivered } from '../as-delivered.ts'
import { keyOrder } from '../key-order.ts'
import { defineProtocol } from '../protocol.ts'
import { lintModbus } from './lint.ts'
import type { ModbusPoint, ModbusProfile } from './profile.ts'
import { resolveModbus } from './resolve.ts'
import { runModbusTests } from './run-tests.ts'
import { modbusProfileSchema } from './schema.ts'

export const modbusProtocol = defineProtocol({
  title: 'Modbus',
  schema: modbusProfileSchema,
  keyOrder: keyOrder({
    device: ['serial', 'limits', 'identify', 'sunspec', 'addressing', 'order', 'not_available'],
    place: ['input', 'holding', 'coil', 'discrete', 'sunspec'],
    shape: ['order', 'fraction', 'half', 'bit', 'bits', 'of', 'registers', 'padding', 'names'],
    value: ['scale', 'scale_from', 'offset', 'transform', 'unit'],
    more: ['mergeable'],
  }),
  addressing: {
    needs: { key: 'unit_id', example: ({ serial }: ModbusProfile) => String(serial.unitId ?? 1) },
    identity: unitOf,
  },
  resolve: resolveModbus,
  test: runModbusTests,
  lint: lintModbus,
  isPolled: () => true,
  everyMs: ({ points }, point) => points.get(point)?.everyMs,
  stepOf: ({ points }, point) => stepOf(points.get(point)),
  deliveredAs: ({ serial }) => lineAsDelivered(serial),
})

/** A unit may show several meters: each is a device, and a param says which. */
function unitOf({ profile, value }: WrittenDevice<ModbusProfile>) {
  const unitId = value('unit_id')
  if (typeof unitId !== 'number') return undefined
  const unit = { key: 'unit_id', words: `unit id ${unitId}` } as const
  const which = profile?.sunspec?.whichFrom
  if (which === undefined) return { ...unit, of: unitId, fix: 'correct one of the two' }
  const params = value('params')
  const number: unknown = Object.entries(params ?? {}).find(([name]) => name === which)?.[1] ?? 1
  const fix = `correct one of the two, or write another params: { ${which}: 2 }`
  return { ...unit, of: number === 1 ? unitId : [unitId, number], fix }
}

function stepOf(point: ModbusPoint | undefined): number | undefined {
  if (!point || point.type.startsWith('float') || point.scaleFrom !== undefined) return undefined
  let step = 1
  for (const factor of point.scale) {
    if (typeof factor !== 'number') return undefined
    step *= Math.abs(factor)
  }
  return step > 0 ? step : undefined
}
