import { formatProblem } from '@lineside/settings'
import { loadYaml } from '../values/testing.ts'
import type { MqttProfile } from './profile.ts'

/** An MQTT profile from YAML without its head. Throws on the first problem. */
export function mqttProfile(text: string): MqttProfile {
  const { profile, problems } = loadYaml('mqtt', text)
  if (profile?.protocol === 'mqtt') return profile
  throw new Error(problems.map(formatProblem).join('\n'))
}
