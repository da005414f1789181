import {
  compileModbusWriter,
  compileMqtt,
  compileSerial,
  compileSparkplug,
  type DeviceProfile,
  type DeviceProfiles,
  ProfileError,
} from '@lineside/device-profiles'
import type { PlantDevice } from './plant.ts'
import type { DeviceSettings } from './schema.ts'

/** What only one device of a plant can have. */
interface Place {
  /** `unit id 4 of line`. */
  readonly words: string
  readonly fix: string
}

/** What a plant file must say of a device of one protocol: a row of the table. */
interface PlayedProtocol<P extends DeviceProfile> {
  /** The key without which nobody finds the device, and what to write there; absent: it has a default, or none is needed. */
  readonly needs?: { readonly key: keyof DeviceSettings; readonly fix: string }
  /** Undefined: any number of devices can be there. */
  placeOf(device: PlantDevice): Place | undefined
  /** Makes the profile ready to be played. Throws a ProfileError where a param is missing. */
  compile(profile: P, written: DeviceSettings): unknown
}

const rows: { readonly [P in keyof DeviceProfiles]: PlayedProtocol<DeviceProfiles[P]> } = {
  modbus: {
    placeOf: ({ link, unitId }) => ({ words: `unit id ${unitId} of ${link}`, fix: 'write another unit_id' }),
    compile: (profile, { params }) => compileModbusWriter(profile, { params }),
  },
  serial: {
    placeOf: ({ link }) => ({ words: `the line ${link}`, fix: 'give it a link of its own' }),
    compile: (profile, { params }) => compileSerial(profile, { params }),
  },
  mqtt: {
    needs: { key: 'topic', fix: 'write what stands for {topic}' },
    placeOf: () => undefined,
    compile: (profile, { params, topic = '' }) => compileMqtt(profile, { params, topic }),
  },
  sparkplug: {
    needs: { key: 'sparkplug', fix: 'write sparkplug: { group: …, node: …, device: … }' },
    // Its birth names all devices of a node, and the simulator has one play it alone.
    placeOf: ({ sparkplug: at }) => at && { words: `the node ${at.group}/${at.node}`, fix: 'write another node' },
    compile: (profile, { params }) => compileSparkplug(profile, params),
  },
}

/** Why nobody would find a device; undefined: it is found. */
export function lackingAddress(protocol: DeviceProfile['protocol'], written: DeviceSettings): string | undefined {
  const { needs } = rows[protocol]
  return needs === undefined || written[needs.key] !== undefined ? undefined : `${needs.key} is missing; ${needs.fix}`
}

/** What no second device of the plant can have. */
export function placeOf(device: PlantDevice): Place | undefined {
  return rows[device.profile.protocol].placeOf(device)
}

/** Why a profile can't be made ready with the params that are written; undefined: it can. */
export function missingParam(profile: DeviceProfile, written: DeviceSettings): string | undefined {
  try {
    compile(profile.protocol, profile, written)
    return undefined
  } catch (error) {
    if (error instanceof ProfileError) return `${error.message}; ${error.hint}`
    throw error
  }
}

function compile<P extends keyof DeviceProfiles>(
  protocol: P,
  ...of: Parameters<PlayedProtocol<DeviceProfiles[P]>['compile']>
) {
  return rows[protocol].compile(...of)
}
