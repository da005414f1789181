import { compileMqtt, type MqttProfile } from '@lineside/device-profiles'
import type { DeviceConfig } from '../../config/types.ts'
import type { Talker } from '../../poll/talker.ts'
import type { MqttListener } from './listener.ts'

/** A device with topics of its own; a sentence where it lacks them. */
export function createMqttDevice(device: DeviceConfig, profile: MqttProfile, talker: Talker): MqttListener | string {
  const { topic, params } = device
  if (topic === undefined) return `a device of ${profile.profile} needs topic: ${profile.topic.description}`
  const compiled = compileMqtt(profile, { topic, params })
  return {
    filters: compiled.filters,
    stateFilters: compiled.stateFilters,
    talkers: [talker],
    message(at, payload, retained, part) {
      const decoded = compiled.map(at, payload, { retained })
      if (!decoded) return
      if (decoded.ok) talker.heard(decoded, retained ? 'retained' : 'relayed', part())
      else talker.damaged(decoded.text)
    },
  }
}
