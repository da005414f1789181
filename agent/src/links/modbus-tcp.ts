import type { DeviceConfig, ModbusTcpLinkConfig } from '../config/types.ts'
import { Poller } from '../poll/poller.ts'
import { compileEach, wrongProtocol } from './compile-each.ts'
import type { Link, LinkContext, LinkStatus } from './link.ts'
import { LinkState } from './link-state.ts'
import { createModbusDevice } from './modbus-device.ts'
import { ModbusTcpConnection } from './modbus-tcp-connection.ts'

/**
 * Modbus TCP devices, or a gateway with a bus behind it. `max_in_flight` is shared out: several devices are polled
 * at a time, one request each; a single device has its requests under way together.
 */
export class ModbusTcpLink implements Link {
  readonly name: string
  readonly #config: ModbusTcpLinkConfig
  readonly #context: LinkContext
  readonly #connection: ModbusTcpConnection
  readonly #poller: Poller
  readonly #state: LinkState

  constructor(config: ModbusTcpLinkConfig, devices: readonly DeviceConfig[], context: LinkContext) {
    this.name = config.name
    this.#config = config
    this.#context = context
    this.#state = new LinkState(config.name, context)
    this.#connection = new ModbusTcpConnection({
      ...config,
      clock: context.clock,
      random: context.random,
      changed: (online, text) => this.#state.set(online, text),
      opened: () => this.#poller.lineRestored(),
    })
    const lanes = Math.max(1, Math.min(config.maxInFlight, devices.length))
    const inFlight = Math.max(1, Math.floor(config.maxInFlight / lanes))
    const polled = compileEach(devices, context, device => {
      const { profile } = device
      if (profile.protocol !== 'modbus') return wrongProtocol(device)
      const { requestGapMs } = config
      return createModbusDevice({ config: device, profile, transport: this.#connection, gapMs: requestGapMs, inFlight })
    })
    this.#poller = new Poller(context, polled, lanes)
  }

  start(): Promise<void> {
    this.#connection.stream.start()
    this.#poller.start()
    return Promise.resolve()
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

  status(): LinkStatus {
    const { counters, stream } = this.#connection
    return {
      ...this.#state.status(),
      kind: this.#config.kind,
      counters: { ...stream.counters, ...counters },
      devices: this.#poller.devices(),
    }
  }
}
