import type { PointBase, ProfileBase } from '../profile.ts'

export interface ModbusPoint extends PointBase {
  readonly protocol: 'modbus'
}

export interface ModbusProfile extends ProfileBase {
  readonly protocol: 'modbus'
  readonly points: ReadonlyMap<string, ModbusPoint>
}
