import { messageOf } from '@lineside/contract'
import type { DeviceConfig } from '../config/types.ts'
import type { LinkContext } from '../intake.ts'

/**
 * Makes each device ready. One that can't be takes out itself alone, visibly: its state is `misconfigured`.
 * `compile` returns a sentence where the device can't be on this link, and throws ProfileError.
 */
export function compileEach<T extends object>(
  devices: readonly DeviceConfig[],
  { intake, log }: LinkContext,
  compile: (device: DeviceConfig) => T | string,
): T[] {
  return devices.flatMap(device => {
    const refuse = (reason: string) => {
      intake.state({ scope: 'device', name: device.name, state: 'misconfigured', reason })
      log.error({ device: device.name, reason }, 'device left out')
      return []
    }
    try {
      const ready = compile(device)
      return typeof ready === 'string' ? refuse(ready) : [ready]
    } catch (error) {
      return refuse(messageOf(error))
    }
  })
}

/** What to say of a device whose profile another kind of link is for. */
export function wrongProtocol(device: DeviceConfig): string {
  return `link ${device.link} does not speak ${device.profile.protocol}, which ${device.profile.profile} is for`
}
