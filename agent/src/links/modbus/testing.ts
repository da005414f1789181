import { type ModbusProfile, plainPoint } from '@lineside/device-profiles'
import { testBase } from '../testing.ts'

/** 16-bit holding registers, one a name, at these addresses. */
export function testModbusProfile(registers: Readonly<Record<string, number>>, hole = 0): ModbusProfile {
  return {
    ...testBase,
    protocol: 'modbus',
    points: new Map(Object.entries(registers).map(([name, address]) => [name, { ...plainPoint(name), address }])),
    limits: { registers: 125, bits: 2000, hole, bitHole: 0, gapMs: 0 },
    serial: {},
  }
}
