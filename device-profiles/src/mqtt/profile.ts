import type { ProfileBase } from '../profile-base.ts'
import type { Expected, TextPoint } from '../values/point.ts'

/** How a payload writes a time: seconds or milliseconds since 1970 (numbers or texts), or ISO 8601 with an offset. */
export const timeForms = ['s', 'ms', 'iso'] as const
export type TimeForm = (typeof timeForms)[number]

/** Bytes that a message carries as hexadecimal text: an advertisement of a radio sensor, process data of a fieldbus. */
export interface MqttFrame {
  /** JSON path of the text; absent: the whole payload. */
  readonly path?: string
  /** Hexadecimal digits that every frame of this kind begins with; may be empty. */
  readonly prefix: string
  /** Bytes that a frame has at least, 1…1024. */
  readonly bytes: number
}

/** A run of bits of a frame, the most significant bit of the first byte being bit 0. */
export interface MqttBits {
  readonly first: number
  /** 1…48. */
  readonly count: number
  readonly signed: boolean
}

/** One kind of message. Several may share a topic: the first that fits is taken. */
export interface MqttMessage {
  readonly name: string
  /** Topic filter with `{topic}` and `{param}`; `+` and a last `#` are wildcards. */
  readonly topic: string
  readonly payload: 'json' | 'text'
  /** JSON path → texts it may have; all must fit. */
  readonly match: ReadonlyMap<string, readonly string[]>
  readonly frame?: MqttFrame
  /** Source time. Implausible ones (before 2020: the device has no time yet) are passed over. */
  readonly time?: { readonly path: string; readonly forms: readonly TimeForm[] }
  /** The device says of itself whether it is there. */
  readonly available?: {
    /** Absent: the whole payload. */
    readonly path?: string
    readonly online: readonly string[]
    readonly offline: readonly string[]
  }
  /** What the device asks the broker to keep; matters to encoders only. */
  readonly retain: boolean
}

/** Where a point's value stands. */
export interface MqttSource {
  readonly message: string
  /** JSON path, for instance `params['switch:{switch}'].apower`; absent: the whole payload. */
  readonly path?: string
  /** JSON path of the unit's name. */
  readonly unit?: string
  /** In place of a path: bits of the message's frame. */
  readonly bits?: MqttBits
}

export interface MqttPoint extends TextPoint {
  readonly protocol: 'mqtt'
  readonly from: readonly MqttSource[]
}

/** One message and what must come of it. */
export interface MqttVector {
  /** With `{topic}`. */
  readonly topic: string
  readonly payload: string
  readonly retained: boolean
  readonly params: Readonly<Record<string, number | string>>
  /** Every point of the message. */
  readonly expect: ReadonlyMap<string, Expected>
  /** UTC milliseconds. */
  readonly t?: number
  readonly available?: boolean
  /** In place of values: the reason of a refusal, or that it is none of this profile's messages. */
  readonly outcome?: 'ignored' | 'malformed'
  readonly source?: string
}

export interface MqttProfile extends ProfileBase {
  readonly protocol: 'mqtt'
  /** What `{topic}` stands for, with an example, for the person who writes the device. */
  readonly topic: { readonly description: string; readonly example: string }
  /** Silence after which the device is stale, ms; absent: it may be silent for as long as it likes. */
  readonly silentAfterMs?: number
  readonly messages: ReadonlyMap<string, MqttMessage>
  readonly points: ReadonlyMap<string, MqttPoint>
  readonly tests: readonly MqttVector[]
}
