import { plainPoint } from './plain-point.ts'
import type { ModbusLimits, ModbusPoint, ModbusProfile } from './profile.ts'

/** A point with every default, for tests. */
export function testPoint(point: Partial<ModbusPoint> & { readonly name: string }): ModbusPoint {
  return { ...plainPoint(point.name), ...point }
}

/** A profile of these points, for tests. */
export function testProfile(points: readonly ModbusPoint[], limits: Partial<ModbusLimits> = {}): ModbusProfile {
  return {
    profile: 'test/device',
    version: '000000000000',
    vendor: 'Test',
    model: 'Device',
    sources: [],
    requirements: [],
    caveats: [],
    params: new Map([['ratio', { description: 'ratio of the transformer', default: 1 }]]),
    protocol: 'modbus',
    points: new Map(points.map(point => [point.name, point])),
    limits: { registers: 125, bits: 2000, hole: 0, bitHole: 0, gapMs: 0, ...limits },
    serial: {},
    tests: [],
  }
}
