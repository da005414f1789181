import type { Priority } from '@lineside/contract'
import type { DeviceProfile, SparkplugPlace } from '@lineside/device-profiles'
import type { Secret } from '@lineside/settings'
import type { DetectRule } from '../detect/detectors.ts'
import type { LimitRule } from '../detect/limit-rule.ts'
import type { Calendar } from '../poll/calendar.ts'

/** What lineside.yaml says, resolved: templates applied, durations in ms, sizes in bytes, profiles loaded. */
export interface AgentConfig {
  readonly gateway: string
  readonly timezone: string
  /** Absent: a gateway without a cloud. */
  readonly cloud?: CloudConfig
  readonly storage: StorageConfig
  readonly links: ReadonlyMap<string, LinkConfig>
  readonly devices: ReadonlyMap<string, DeviceConfig>
  readonly notify: ReadonlyMap<string, NotifyConfig>
  /** Where /healthz and /metrics are served. */
  readonly page: { readonly host: string; readonly port: number }
}

export interface CloudConfig {
  readonly url: URL
  readonly token: Secret
  /** Reads the token anew from where the configuration says; undefined where it can't be read now. */
  readonly readToken?: () => Secret | undefined
  readonly tls?: TlsConfig
  /** An HTTP proxy that connections to the receiver go through. */
  readonly proxy?: URL
  /** Most bytes a second for what an outage left behind; alarms and the newest data have no cap. */
  readonly backlogRate?: number
  /** Most bytes a calendar month, see `budget.ts`. */
  readonly monthlyBudget?: number
}

/** PEM texts. */
export interface TlsConfig {
  /** Trusted in place of the public certificate authorities. */
  readonly ca?: string
  /** What this gateway shows of itself. */
  readonly clientCert?: { readonly cert: string; readonly key: Secret }
}

export interface StorageConfig {
  /** Folder of the buffer, absolute. */
  readonly path: string
  readonly maxSizeBytes: number
  /** What has waited for longer goes, with a gap; absent: nothing goes for its age. */
  readonly maxAgeMs?: number
  /** The buffer doesn't grow while its file system has less free. */
  readonly minFreeBytes: number
  readonly commitEveryMs: number
}

export type LinkConfig = ModbusLinkConfig | SerialLinkConfig | MqttLinkConfig | BrokerLinkConfig

/** What a link is made of, by its kind. */
export type LinkConfigs = { readonly [C in LinkConfig as C['kind']]: C }

export type ModbusLinkConfig = ModbusTcpLinkConfig | ModbusRtuTcpLinkConfig | ModbusRtuLinkConfig
export type SerialLinkConfig = SerialTcpLinkConfig | SerialPortLinkConfig

export interface ModbusTcpLinkConfig {
  readonly kind: 'modbus_tcp'
  readonly name: string
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  /** Silence between an answer and the next request. */
  readonly requestGapMs: number
  readonly maxInFlight: number
  /** Of the bus behind it; 0: there is none; undefined: nobody said. */
  readonly busBaud?: number | undefined
}

/** RTU framing over TCP, as serial device servers pass it on. */
export interface ModbusRtuTcpLinkConfig {
  readonly kind: 'modbus_rtu_tcp'
  readonly name: string
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly requestGapMs: number
  /** Silence between connecting and the first request. */
  readonly connectDelayMs: number
  /** Of the bus behind it; 0: there is none; undefined: nobody said. */
  readonly busBaud?: number | undefined
}

export interface ModbusRtuLinkConfig {
  readonly kind: 'modbus_rtu'
  readonly name: string
  readonly port: SerialPortConfig
  /** Without the time that request and answer take on the wire. */
  readonly timeoutMs: number
  readonly requestGapMs: number
  /** Silence between opening the port and the first request. */
  readonly connectDelayMs: number
}

/** A serial port of this machine. */
export interface SerialPortConfig {
  /** `/dev/serial/by-id/…` stays with the adapter. */
  readonly path: string
  readonly baud: number
  readonly dataBits: 7 | 8
  readonly parity: 'none' | 'even' | 'odd'
  readonly stopBits: 1 | 2
}

export interface SerialPortLinkConfig {
  readonly kind: 'serial'
  readonly name: string
  readonly port: SerialPortConfig
  readonly timeoutMs: number
}

export interface SerialTcpLinkConfig {
  readonly kind: 'serial_tcp'
  readonly name: string
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
}

/** A client of somebody else's broker. */
export interface MqttLinkConfig {
  readonly kind: 'mqtt'
  readonly name: string
  readonly host: string
  readonly port: number
  /** Present: the connection is encrypted, and the broker's certificate is verified. */
  readonly tls?: TlsConfig
  readonly username?: string
  readonly password?: Secret
  /** Stable over restarts: the broker keeps the session by it. */
  readonly clientId: string
  /** The broker keeps no session, and one of before is not taken up; absent: it does. */
  readonly clean?: boolean
  /** 5 falls back to 3.1.1 where the broker refuses it. */
  readonly version: 4 | 5
  readonly keepAliveMs: number
  readonly connectTimeoutMs: number
  /** How long the broker keeps session and queue while the agent is away; MQTT 5 only. */
  readonly sessionExpiryMs: number
  readonly maxPacketBytes: number
  /** Messages of QoS 1 that wait for their commit at a time. */
  readonly maxUnacknowledged: number
}

export interface BrokerLinkConfig {
  readonly kind: 'broker'
  readonly name: string
  readonly host: string
  readonly port: number
  readonly users: ReadonlyMap<string, BrokerUser>
  readonly limits: BrokerLinkLimits
}

export interface BrokerLinkLimits {
  /** Connections at a time; more are closed at once. */
  readonly clients: number
  /** Bytes of one packet, by its announced length; the client of a larger one is disconnected. */
  readonly packetBytes: number
  /** Messages a second of one client in the long run; it is read from more slowly rather than losing any. */
  readonly messageRate: number
  /** Subscriptions of one client; more are refused. */
  readonly subscriptions: number
  /** Topics with a retained message; those of more topics are passed on and not kept. */
  readonly retainedTopics: number
  /** Payloads of all retained messages together; beyond it they are passed on and not kept. */
  readonly retainedBytes: number
}

export interface BrokerUser {
  readonly password: Secret
  /** Topic filters this user may publish to; deny by default. */
  readonly publish: readonly string[]
  /** Topic filters this user may subscribe to; deny by default. */
  readonly subscribe: readonly string[]
}

export interface DeviceConfig {
  readonly name: string
  readonly link: string
  readonly profile: DeviceProfile
  /** Modbus unit id, 0…255. */
  readonly unitId: number
  /** MQTT: replaces {topic} in the profile's topics. */
  readonly topic?: string
  /** Where a Sparkplug B device is. */
  readonly sparkplug?: SparkplugPlace
  /** MQTT: stale after so much silence, ms; absent: only the device itself says that it is gone. */
  readonly silentAfterMs?: number
  readonly params: Readonly<Record<string, number | string>>
  readonly tags: Readonly<Record<string, string>>
  /** Points that are read; those switched off are absent. */
  readonly points: ReadonlyMap<string, PointConfig>
  readonly alarms: readonly LimitRule[]
  readonly detect: readonly DetectRule[]
}

export interface PointConfig {
  /** The interval of the device, ms, where the profile has this point read more rarely. */
  readonly slowedFromMs?: number | undefined
  readonly name: string
  /** Poll interval; how often a device is expected that talks by itself. */
  readonly everyMs: number
  /** It is polled by this instead, and `everyMs` says how often that is at most. */
  readonly calendar?: Calendar
  /** Absolute, in the point's unit; 0 sends every reading. */
  readonly deadband: number
  /** Longest silence of an unchanged point under a deadband. */
  readonly maxSilenceMs: number
}

/** Who hears of alarms. */
export interface NotifyConfig {
  readonly name: string
  readonly kind: 'mqtt'
  /** Name of a broker or mqtt link. */
  readonly link: string
  readonly topic: string
  readonly minPriority: Priority
}
