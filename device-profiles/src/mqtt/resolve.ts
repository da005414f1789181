import type { ProfileBase } from '../profile-base.ts'
import { resolveTextPoint } from '../values/resolve-point.ts'
import type { MqttFrame, MqttMessage, MqttPoint, MqttProfile } from './profile.ts'
import type { RawMqtt } from './schema.ts'

/** Writes every default out. */
export function resolveMqtt(raw: RawMqtt, base: ProfileBase): MqttProfile {
  return {
    ...base,
    protocol: 'mqtt',
    topic: raw.topic,
    ...(raw.silent_after === undefined ? {} : { silentAfterMs: raw.silent_after }),
    messages: new Map(Object.entries(raw.messages).map(([name, message]) => [name, messageOf(name, message)])),
    points: new Map(Object.entries(raw.points).map(([name, point]) => [name, pointOf(name, point)])),
    tests: raw.tests.map(({ expect, t, available, outcome, source, ...test }) => ({
      ...test,
      expect: new Map(Object.entries(expect)),
      ...(t === undefined ? {} : { t }),
      ...(available === undefined ? {} : { available }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(source === undefined ? {} : { source }),
    })),
  }
}

function messageOf(name: string, raw: RawMqtt['messages'][string]): MqttMessage {
  const { available } = raw
  return {
    name,
    topic: raw.topic,
    payload: raw.payload,
    match: new Map(Object.entries(raw.match)),
    ...(raw.frame === undefined ? {} : { frame: frameOf(raw.frame) }),
    ...(raw.time === undefined ? {} : { time: { path: raw.time.path, forms: raw.time.as } }),
    ...(available === undefined
      ? {}
      : {
          available: {
            ...(available.path === undefined ? {} : { path: available.path }),
            online: available.online,
            offline: available.offline,
          },
        }),
    retain: raw.retain,
  }
}

function frameOf({ path, prefix, bytes }: NonNullable<RawMqtt['messages'][string]['frame']>): MqttFrame {
  return { ...(path === undefined ? {} : { path }), prefix, bytes }
}

function pointOf(name: string, raw: RawMqtt['points'][string]): MqttPoint {
  const from = (Array.isArray(raw.from) ? raw.from : [raw.from]).map(
    ({ message, path, unit, bits, signed = false }) => ({
      message,
      ...(path === undefined ? {} : { path }),
      ...(unit === undefined ? {} : { unit }),
      ...(bits === undefined ? {} : { bits: { first: bits[0], count: bits[1], signed } }),
    }),
  )
  return { ...resolveTextPoint(name, raw), protocol: 'mqtt', from }
}
