import type { PointBase, ProfileBase } from '../profile.ts'

export interface MqttPoint extends PointBase {
  readonly protocol: 'mqtt'
}

export interface MqttProfile extends ProfileBase {
  readonly protocol: 'mqtt'
  readonly points: ReadonlyMap<string, MqttPoint>
}
