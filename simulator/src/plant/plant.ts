import type { DeviceProfile, SparkplugPlace } from '@lineside/device-profiles'
import type { Endpoint, Secret } from '@lineside/settings'
import type { ScenarioSettings } from '../scenario/scenario-schema.ts'
import type { WaveformSpec } from '../waveforms/spec.ts'

/** A plant file, checked and resolved: profiles found, durations in ms, paths absolute or from the working folder. */
export interface Plant {
  readonly seed: number
  /** Absent: no ledger is kept. */
  readonly ledger?: string
  readonly links: ReadonlyMap<string, PlantLink>
  readonly devices: ReadonlyMap<string, PlantDevice>
}

export type PlantLink =
  | ModbusServerLink
  | ModbusRtuTcpServerLink
  | ModbusRtuServerLink
  | SerialServerLink
  | SerialPortLink
  | MqttClientLink

/** What a link is made of, by its kind. */
export type PlantLinks = { readonly [L in PlantLink as L['kind']]: L }

export interface ModbusServerLink {
  readonly kind: 'modbus_tcp'
  readonly name: string
  readonly listen: Endpoint
}

/** RTU framing over TCP. */
export interface ModbusRtuTcpServerLink {
  readonly kind: 'modbus_rtu_tcp'
  readonly name: string
  readonly listen: Endpoint
}

/** RTU on a pseudo-terminal. */
export interface ModbusRtuServerLink {
  readonly kind: 'modbus_rtu'
  readonly name: string
  /** Where others find it as a serial port. */
  readonly path: string
}

export interface SerialServerLink {
  readonly kind: 'serial_tcp'
  readonly name: string
  readonly listen: Endpoint
}

/** A serial line on a pseudo-terminal. */
export interface SerialPortLink {
  readonly kind: 'serial'
  readonly name: string
  /** Where others find it as a serial port. */
  readonly path: string
}

export interface MqttClientLink {
  readonly kind: 'mqtt'
  readonly name: string
  readonly url: string
  readonly username?: string
  readonly password?: Secret
}

export interface PlantDevice {
  readonly name: string
  readonly profile: DeviceProfile
  readonly link: string
  /** Modbus, 0…255. */
  readonly unitId: number
  /** MQTT: what stands for {topic}. */
  readonly topic: string
  /** Sparkplug B: whom the device plays; its node has no other devices. */
  readonly sparkplug?: SparkplugPlace
  readonly params: Readonly<Record<string, number | string>>
  /** Time between the frames or messages of a device that talks by itself. */
  readonly everyMs: number
  /** Messages that it sends; absent: all that bring a point. */
  readonly messages?: readonly string[]
  /** Points whose waveform is written; the others play what suits their type. */
  readonly points: ReadonlyMap<string, WaveformSpec>
  readonly scenarios: readonly ScenarioSettings[]
}
