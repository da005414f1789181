import type { PointBase, ProfileBase } from '../profile.ts'

export interface SerialPoint extends PointBase {
  readonly protocol: 'serial'
}

export interface SerialProfile extends ProfileBase {
  readonly protocol: 'serial'
  readonly points: ReadonlyMap<string, SerialPoint>
}
