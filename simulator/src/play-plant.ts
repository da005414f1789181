import type { Clock } from '@lineside/contract'
import { ModbusUnit } from './devices/modbus-unit.ts'
import { mqttDevice } from './devices/mqtt-device.ts'
import { beginPlaying, type Playing } from './devices/playing.ts'
import type { PlayOptions } from './devices/point-sources.ts'
import { sparkplugDevice } from './devices/sparkplug-device.ts'
import { serialDevice } from './devices/serial-device.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Plant, PlantDevice, PlantLink } from './plant/plant.ts'
import type { Recordings } from './plant/recordings.ts'
import type { LinkPlayer } from './servers/link-player.ts'
import { serveModbusRtu, serveModbusRtuTcp } from './servers/modbus-rtu.ts'
import { serveModbusTcp } from './servers/modbus-tcp.ts'
import { playMqtt } from './servers/mqtt-client.ts'
import { serveSerialPort } from './servers/serial-port.ts'
import { serveSerialTcp } from './servers/serial-tcp.ts'

/** A plant that is being played. */
export interface PlayedPlant extends AsyncDisposable {
  readonly links: readonly LinkPlayer[]
}

export interface PlayContext {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly recordings: Recordings
}

/**
 * Starts all links of a plant; its time begins at the call. Throws SimulatorError `address_in_use`, and ProfileError
 * where a param has no value; what was started until then is ended.
 */
export async function playPlant(plant: Plant, context: PlayContext): Promise<PlayedPlant> {
  const playing = beginPlaying(context.clock, context.ledger)
  const options: PlayOptions = {
    seed: plant.seed,
    column: (file, column) => context.recordings.get(file)?.get(column) ?? [],
  }
  await using started = new AsyncDisposableStack()
  const links: LinkPlayer[] = []
  for (const link of plant.links.values()) {
    const devices = [...plant.devices.values()].filter(device => device.link === link.name)
    for (const player of await playLink(link, devices, playing, options)) links.push(started.use(player))
  }
  const running = started.move()
  return { links, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function playLink(
  link: PlantLink,
  devices: readonly PlantDevice[],
  playing: Playing,
  options: PlayOptions,
): Promise<LinkPlayer[]> {
  switch (link.kind) {
    case 'modbus_tcp':
    case 'modbus_rtu_tcp':
    case 'modbus_rtu': {
      const units = devices.flatMap(device =>
        device.profile.protocol === 'modbus'
          ? [[device.unitId, new ModbusUnit(device, device.profile, playing, options)] as const]
          : [],
      )
      const byId = new Map(units)
      if (link.kind === 'modbus_tcp') return [await serveModbusTcp(link, byId, playing)]
      if (link.kind === 'modbus_rtu_tcp') return [await serveModbusRtuTcp(link, byId, playing)]
      return [await serveModbusRtu(link, byId, playing)]
    }
    case 'serial_tcp':
    case 'serial': {
      const [device] = devices
      if (device?.profile.protocol !== 'serial') return []
      const played = serialDevice(device, device.profile, () => playing.clock.now(), options)
      if (link.kind === 'serial') return [await serveSerialPort(link, played, playing)]
      return [await serveSerialTcp(link, played, playing)]
    }
    case 'mqtt': {
      const now = () => playing.clock.now()
      const publishers = devices.flatMap(device => {
        const { profile, sparkplug } = device
        if (profile.protocol === 'mqtt') return [mqttDevice(device, profile, now, options)]
        if (profile.protocol !== 'sparkplug' || sparkplug === undefined) return []
        return [sparkplugDevice(device, profile, sparkplug, now, options)]
      })
      return [playMqtt(link, publishers, playing)]
    }
    default:
      return link satisfies never
  }
}
