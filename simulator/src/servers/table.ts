import { ModbusUnit } from '../devices/modbus-unit.ts'
import { mqttDevice } from '../devices/mqtt-device.ts'
import type { Playing } from '../devices/playing.ts'
import type { PlayOptions } from '../devices/point-sources.ts'
import { serialDevice } from '../devices/serial-device.ts'
import { sparkplugDevice } from '../devices/sparkplug-device.ts'
import type { PlantDevice, PlantLink, PlantLinks } from '../plant/plant.ts'
import type { LinkPlayer } from './link-player.ts'
import { serveModbusRtu, serveModbusRtuTcp } from './modbus-rtu.ts'
import { serveModbusTcp } from './modbus-tcp.ts'
import { playMqtt } from './mqtt-client.ts'
import { serveSerialPort } from './serial-port.ts'
import { serveSerialTcp } from './serial-tcp.ts'

/** What plays on a link. */
interface Cast {
  readonly devices: readonly PlantDevice[]
  readonly playing: Playing
  readonly options: PlayOptions
}

/** Undefined where there is nobody to play. */
type Play<L extends PlantLink> = (link: L, cast: Cast) => Promise<LinkPlayer> | undefined

/** How each kind of link is played. */
const players: { readonly [K in keyof PlantLinks]: Play<PlantLinks[K]> } = {
  modbus_tcp: (link, cast) => serveModbusTcp(link, unitsOf(cast), cast.playing),
  modbus_rtu_tcp: (link, cast) => serveModbusRtuTcp(link, unitsOf(cast), cast.playing),
  modbus_rtu: (link, cast) => serveModbusRtu(link, unitsOf(cast), cast.playing),
  serial_tcp(link, cast) {
    const device = talkerOf(cast)
    return device && serveSerialTcp(link, device, cast.playing)
  },
  serial(link, cast) {
    const device = talkerOf(cast)
    return device && serveSerialPort(link, device, cast.playing)
  },
  mqtt: async (link, cast) => playMqtt(link, publishersOf(cast), cast.playing),
}

/** Plays the devices of a link; undefined where it has none to play. Rejects as `playPlant` does. */
export function playLink(link: PlantLink, cast: Cast): Promise<LinkPlayer> | undefined {
  return playAs(link.kind, link, cast)
}

function playAs<K extends keyof PlantLinks>(kind: K, ...of: Parameters<Play<PlantLinks[K]>>) {
  return players[kind](...of)
}

function unitsOf({ devices, playing, options }: Cast): ReadonlyMap<number, ModbusUnit> {
  return new Map(
    devices.map(device => {
      const { profile, unitId } = device
      if (profile.protocol !== 'modbus') throw unplayed(device)
      return [unitId, new ModbusUnit(device, profile, playing, options)]
    }),
  )
}

function talkerOf({ devices: [device], playing, options }: Cast) {
  if (!device) return undefined
  if (device.profile.protocol !== 'serial') throw unplayed(device)
  return serialDevice(device, device.profile, () => playing.clock.now(), options)
}

function publishersOf({ devices, playing, options }: Cast) {
  const now = () => playing.clock.now()
  return devices.map(device => {
    const { profile, sparkplug } = device
    if (profile.protocol === 'mqtt') return mqttDevice(device, profile, now, options)
    if (profile.protocol !== 'sparkplug' || sparkplug === undefined) throw unplayed(device)
    return sparkplugDevice(device, profile, sparkplug, now, options)
  })
}

/** A kind of link whose row says that devices on it speak a protocol has to play it as well. */
function unplayed({ name, link, profile: { protocol } }: PlantDevice): TypeError {
  return new TypeError(`${name}: nothing plays ${protocol} on ${link}`)
}
