import type { DeviceConfig, ModbusLinkConfig } from '../../config/types.ts'
import type { AskedOutcome } from '../../poll/outcome.ts'
import { Poller } from '../../poll/poller.ts'
import type { LineUse } from '../../poll/use.ts'
import { compileEach, wrongProtocol } from '../compile-each.ts'
import type { LinkContext } from '../../intake.ts'
import type { Link, LinkStatus } from '../link.ts'
import { LinkState } from '../link-state.ts'
import { connectModbus } from './connect.ts'
import { createModbusDevice } from './device.ts'
import { createSunspecDevice } from '../sunspec/device.ts'
import type { ModbusConnection } from './result.ts'
import { whyNobodyAnswers } from '../channel/serial-port-errors.ts'

/**
 * Modbus devices on one connection or line. `max_in_flight` is shared out: several devices are polled at a time, one
 * request each; a single device has its requests under way together.
 */
export class ModbusLink implements Link {
  readonly name: string
  readonly #config: ModbusLinkConfig
  readonly #context: LinkContext
  readonly #connection: ModbusConnection
  readonly #poller: Poller
  readonly #state: LinkState
  #hasAnswered = false

  constructor(config: ModbusLinkConfig, devices: readonly DeviceConfig[], context: LinkContext) {
    this.name = config.name
    this.#config = config
    this.#context = context
    this.#state = new LinkState(config.name, context)
    this.#connection = connectModbus(config, {
      clock: context.clock,
      random: context.random,
      changed: (online, text) => this.#changed(online, text),
      opened: () => this.#poller.lineRestored(),
    })
    const maxInFlight = config.kind === 'modbus_tcp' ? config.maxInFlight : 1
    const lanes = Math.max(1, Math.min(maxInFlight, devices.length))
    const inFlight = Math.max(1, Math.floor(maxInFlight / lanes))
    const polled = compileEach(devices, context, device => {
      const { profile } = device
      if (profile.protocol !== 'modbus') return wrongProtocol(device)
      const { requestGapMs } = config
      const { clock, random, log, memory } = context
      const wire = { transport: this.#connection, gapMs: requestGapMs, inFlight }
      const options = { config: device, profile, ...wire, clock, random, log, memory }
      return profile.sunspec ? createSunspecDevice(options, profile.sunspec) : createModbusDevice(options)
    })
    this.#poller = new Poller(context, polled, lanes)
  }

  start(): Promise<void> {
    this.#connection.start()
    this.#poller.start()
    return Promise.resolve()
  }

  #changed(online: boolean, text: string | undefined): void {
    const config = this.#config
    this.#hasAnswered ||= online
    const { connects = 0 } = this.#connection.counters
    const isMute = config.kind === 'modbus_rtu' && !online && !this.#hasAnswered && connects > 0
    this.#state.set(online, isMute ? `${text}; ${whyNobodyAnswers(config.port)}` : text)
  }

  async stop(): Promise<void> {
    const limit = this.#context.clock.after(this.#config.timeoutMs, () => this.#connection.close())
    await this.#poller.stop()
    limit.cancel()
    this.#connection.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  read(device: string, points: readonly string[]): Promise<AskedOutcome> | undefined {
    return this.#poller.ask(device, points)
  }

  use(): LineUse | undefined {
    return this.#poller.use()
  }

  status(): LinkStatus {
    return {
      ...this.#state.status(),
      kind: this.#config.kind,
      counters: this.#connection.counters,
      devices: this.#poller.devices(),
    }
  }
}
