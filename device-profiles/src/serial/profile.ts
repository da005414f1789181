import type { Quality } from '@lineside/contract'
import type { ProfileBase } from '../profile-base.ts'
import type { TimeForm } from '../mqtt/profile.ts'
import type { Expected, TextPoint } from '../values/point.ts'

/**
 * How a byte stream is cut into frames. Texts stand for bytes, one a character (U+0000…U+00FF).
 * Nothing is ever longer than the limits, whatever the line sends.
 */
export type Framing = LineFraming | FixedFraming | MarkedFraming

/** Frames end with a terminator, which is not part of them; empty lines are skipped. */
export interface LineFraming {
  readonly kind: 'lines'
  /** 1…4 bytes, or `any`: every CR and every LF. */
  readonly terminator: string
  /** Bytes without the terminator, 1…4096. */
  readonly maxLength: number
  /** What becomes of the first line after connecting, whose beginning may be missing. */
  readonly first: 'keep' | 'discard'
}

/** Every frame has the same length; its marks, at least one, bring it back into step and are not part of what is read. */
export interface FixedFraming {
  readonly kind: 'fixed'
  /** Bytes with marks, 2…4096. */
  readonly length: number
  /** May be empty. */
  readonly start: string
  /** May be empty. */
  readonly end: string
}

/** Frames stand between a start and an end mark; what lies outside is skipped, a second start begins anew. */
export interface MarkedFraming {
  readonly kind: 'marked'
  readonly start: string
  readonly end: string
  /** What follows the end mark up to and with this text is part of the frame, for instance a checksum and CRLF; may be empty. */
  readonly tail: string
  /** False: the frame is what lies between the marks, without the tail. */
  readonly keepMarks: boolean
  /** Bytes with marks, 1…65536. */
  readonly maxLength: number
}

export const checksumNames = ['xor8', 'sum8', 'crc16_arc', 'crc16_modbus'] as const
export type ChecksumName = (typeof checksumNames)[number]

/** A checksum written in hexadecimal behind an end mark. The message is what stands between the marks. */
export interface Checksum {
  readonly type: ChecksumName
  /** The frame begins with one of these characters. */
  readonly start: string
  /** The last of these; the digits follow it and end the frame. */
  readonly end: string
  /** Whether the marks are counted in. */
  readonly inclusive: boolean
  /** Some meters leave out leading zeros. */
  readonly dropsZeros: boolean
  /** A frame without digits is taken as it is (older meters). */
  readonly optional: boolean
}

/** One question and the messages that answer it. */
export interface SerialPoll {
  readonly name: string
  /** Bytes, one a character, with `{param}` in place of params. */
  readonly send: string
  readonly timeoutMs: number
  readonly everyMs?: number
  /** Messages that answer it; empty: any message of the profile. */
  readonly answers: readonly string[]
}

/**
 * Fields at fixed places or between texts: `"S {status:1}[ {value>10} {unit}]"`. `{name:4}` takes four characters,
 * `{name}` all up to the text that follows it, `{name>10}` the same, and is written right-aligned in ten. A space
 * stands for one or more, before `{name:4}` for itself; what is in `[ ]` at the end may be missing; `\\` takes the next
 * character as it is. Spaces around a field are not part of it. Matched in one pass without going back, so that no
 * line can hang the reader.
 */
export interface FormatLayout {
  readonly kind: 'format'
  readonly format: string
}

/**
 * A regular expression about the whole frame; its named groups are the fields. Only patterns in which each byte can be
 * read in one way are let through, so that no line can hang the reader.
 */
export interface RegexLayout {
  readonly kind: 'regex'
  readonly pattern: string
}

/** Keys and values, `T=23.4;H=45`, in any order. */
export interface PairsLayout {
  readonly kind: 'pairs'
  /** Between pairs. */
  readonly between: string
  /** Between key and value. */
  readonly is: string
  /** Field name → key. */
  readonly fields: ReadonlyMap<string, string>
  /** Fewest keys; fewer are malformed. */
  readonly atLeast: number
}

/** A line of JSON. */
export interface JsonLayout {
  readonly kind: 'json'
  /** JSON path → texts it may have; all must fit. */
  readonly match: ReadonlyMap<string, readonly string[]>
  /** Field name → JSON path, with `{param}`. */
  readonly fields: ReadonlyMap<string, string>
}

/** Columns between separators, which the device names in a line of titles. */
export interface TitledLayout {
  readonly kind: 'titled'
  /** One character. */
  readonly by: string
  readonly quoted: boolean
  /** Field name → title of its column. */
  readonly fields: ReadonlyMap<string, string>
}

/** Fields between separators, counted from 0. */
export interface SplitLayout {
  readonly kind: 'split'
  /** One character. */
  readonly by: string
  /** Fields in quotes may hold separators. */
  readonly quoted: boolean
  /** Field number → text it must have, `?` standing for any one character. */
  readonly match: ReadonlyMap<number, string>
  /** Field number → text an encoder writes. */
  readonly sendAs: ReadonlyMap<number, string>
  /** Field name → number. */
  readonly fields: ReadonlyMap<string, number>
  /** Fewest fields; fewer are malformed. */
  readonly atLeast: number
}

/** Data lines of a meter's telegram (IEC 62056-21, DSMR P1), found by their code whatever their order. */
export interface ObisLayout {
  readonly kind: 'obis'
  /** Field name → code and number of the value, `0-{channel}:24.2.1[1]`, with `{param}`; the first value without a number. */
  readonly fields: ReadonlyMap<string, string>
  /** What an encoder writes as the name of the meter. */
  readonly meter: string
}

export type SerialLayout =
  | FormatLayout
  | RegexLayout
  | SplitLayout
  | TitledLayout
  | PairsLayout
  | JsonLayout
  | ObisLayout

/** How a field writes a time: as over MQTT, or `YYMMDDhhmmss` with S or W (DSMR P1). */
export const serialTimeForms = ['s', 'ms', 'iso', 'dsmr'] as const satisfies readonly (TimeForm | 'dsmr')[]
export type SerialTimeForm = (typeof serialTimeForms)[number]

/** Source times in a message. Those that no device can mean are passed over. */
export interface SerialTime {
  /** When the readings were measured; absent: the time of arrival, but for points that have a time of their own. */
  readonly field?: string
  readonly forms: readonly SerialTimeForm[]
  /** Hours that the device's winter time is ahead of UTC, or a param; only `dsmr`. */
  readonly utcOffset: number | string
}

/** A field that says how far the others are to be believed. A text that is not listed makes them `bad:malformed`. */
export interface StatusField {
  readonly field: string
  readonly values: ReadonlyMap<string, 'good' | Quality>
}

export interface SerialMessage {
  readonly name: string
  readonly layout: SerialLayout
  readonly time?: SerialTime
  /** The worst of them counts. */
  readonly statuses: readonly StatusField[]
  /** The device refuses what it was asked; says why. */
  readonly refuse?: string
  /** Known and of no interest. */
  readonly ignore: boolean
}

/** Where a point's text stands. */
export interface SerialSource {
  readonly message: string
  readonly field: string
  /** Field that names the unit; `*`: it stands in the same field, behind the number. */
  readonly unit?: string
  /** Field with the time at which this reading was measured, where that is another than the message's. */
  readonly time?: string
  /** Field name → texts that it must have, else the message says nothing of the point: the kind of meter on a channel. */
  readonly when: ReadonlyMap<string, readonly string[]>
}

export interface SerialPoint extends TextPoint {
  readonly protocol: 'serial'
  readonly from: readonly SerialSource[]
  /** True: the message's status doesn't touch this point. */
  readonly ignoresStatus: boolean
}

/** Line settings as the device leaves the factory. */
export interface SerialLineDefaults {
  readonly baud?: number
  readonly parity?: 'none' | 'even' | 'odd'
  readonly dataBits?: 7 | 8
  readonly stopBits?: 1 | 2
}

/** One frame and what must come of it. */
export interface SerialVector {
  /** Bytes, one a character, with terminator; all frames but the last must be of no interest. */
  readonly input: string
  readonly params: Readonly<Record<string, number | string>>
  /** Every point of the message. */
  readonly expect: ReadonlyMap<string, Expected>
  /** In place of values: the reason of a refusal, or that it is none of this profile's messages. */
  readonly outcome?: 'ignored' | 'malformed' | 'checksum' | 'refused'
  /** Source time of the message, UTC ms. */
  readonly t?: number
  /** Point → source time of its own, UTC ms. */
  readonly times: ReadonlyMap<string, number>
  readonly source?: string
}

export interface SerialProfile extends ProfileBase {
  readonly protocol: 'serial'
  readonly serial: SerialLineDefaults
  readonly framing: Framing
  readonly checksum?: Checksum
  /** Silence after which a device that talks by itself is stale, ms; absent: as its points' `every` has it. */
  readonly silentAfterMs?: number
  /** Empty: the device talks by itself. */
  readonly polls: ReadonlyMap<string, SerialPoll>
  /** Tried in order. */
  readonly messages: ReadonlyMap<string, SerialMessage>
  /** What becomes of a sound frame that no message fits. */
  readonly others: 'ignore' | 'refuse'
  readonly points: ReadonlyMap<string, SerialPoint>
  readonly tests: readonly SerialVector[]
}
