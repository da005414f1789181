import { isDeepStrictEqual } from 'node:util'
import type { Timer } from '@lineside/contract'
import { compileSerial, type Framing } from '@lineside/device-profiles'
import type { DeviceConfig, SerialLinkConfig } from '../../config/types.ts'
import type { AskedOutcome, PolledDevice } from '../../poll/outcome.ts'
import { Poller } from '../../poll/poller.ts'
import { dropSilent, silenceAfter } from '../../poll/silence.ts'
import type { LineUse } from '../../poll/use.ts'
import { Talker } from '../../poll/talker.ts'
import { ByteStream } from '../channel/byte-stream.ts'
import { compileEach, wrongProtocol } from '../compile-each.ts'
import type { LinkContext } from '../../intake.ts'
import type { Link, LinkStatus } from '../link.ts'
import { LinkState } from '../link-state.ts'
import { createSerialDevice } from './device.ts'
import { SerialLine } from './line.ts'
import { openTimeoutMs, serialPlace } from '../channel/serial-port.ts'
import { unusualSettings } from '../channel/serial-port-errors.ts'
import { tcpPlace } from '../channel/tcp.ts'

/**
 * Bytes of a serial port, or over TCP as from a serial device server. Devices of one link share one framing; each frame goes to the
 * device that was asked, then to the first that knows it. A device whose framing is another's is left out.
 */
export class SerialLink implements Link {
  readonly name: string
  readonly #config: SerialLinkConfig
  readonly #context: LinkContext
  readonly #state: LinkState
  readonly #stream: ByteStream
  readonly #line: SerialLine | undefined
  readonly #poller: Poller
  readonly #talkers: Talker[] = []
  /** What may be wrong where nothing sound comes. */
  readonly #hint: string
  #silenceTimer: Timer | undefined

  constructor(config: SerialLinkConfig, devices: readonly DeviceConfig[], context: LinkContext) {
    this.name = config.name
    this.#config = config
    this.#context = context
    this.#state = new LinkState(config.name, context)
    const isPort = config.kind === 'serial'
    const place = isPort ? serialPlace(config.port) : tcpPlace(config.host, config.port)
    const connectTimeoutMs = isPort ? openTimeoutMs : Math.max(config.timeoutMs, 1000)
    const { clock, random } = context
    this.#stream = new ByteStream(
      { place, connectTimeoutMs, clock, random },
      { opened: () => this.#opened(), bytes: chunk => this.#line?.bytes(chunk), lost: text => this.#lost(text) },
    )
    const first = devices.find(device => device.profile.protocol === 'serial')?.profile
    this.#line = first?.protocol === 'serial' ? this.#createLine(first.framing) : undefined
    this.#hint = isPort && first?.protocol === 'serial' ? unusualSettings(config.port, first) : ''
    const polled = compileEach(devices, context, device => this.#attach(device))
    this.#poller = new Poller(context, polled.flat(), 1)
  }

  start(): Promise<void> {
    this.#stream.start()
    this.#poller.start()
    if (this.#talkers.length > 0) this.#watchSilence()
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#silenceTimer?.cancel()
    const close = () => {
      this.#stream.close()
      this.#line?.lost('link closed')
    }
    const limit = this.#context.clock.after(this.#config.timeoutMs, close)
    await this.#poller.stop()
    limit.cancel()
    close()
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
      counters: { ...this.#stream.counters, ...this.#line?.counters },
      devices: [...this.#poller.devices(), ...this.#talkers.map(talker => talker.status())],
    }
  }

  #createLine(framing: Framing): SerialLine {
    return new SerialLine({
      framing,
      clock: this.#context.clock,
      ready: () => this.#stream.ready(),
      write: bytes => this.#stream.write(bytes),
      whyNot: () => this.#stream.text,
      heard: () => {
        this.#stream.healthy()
        this.#state.set(true)
      },
      silent: text => this.#stream.drop(text + this.#hint),
    })
  }

  /** A sentence: it can't be on this line; none: it talks by itself. */
  #attach(device: DeviceConfig): PolledDevice[] | string {
    const line = this.#line
    if (device.profile.protocol !== 'serial' || !line) return wrongProtocol(device)
    const { profile } = device
    if (!isDeepStrictEqual(profile.framing, line.framing)) {
      return `${profile.profile} cuts frames in another way than the first device of link ${this.name}`
    }
    const compiled = compileSerial(profile, { params: device.params })
    if (compiled.requests.length > 0) return [createSerialDevice(device, profile, compiled, line)]
    const shortestMs = Math.min(...[...device.points.values()].map(p => p.everyMs))
    const silentAfterMs = device.silentAfterMs ?? silenceAfter(shortestMs)
    const talker = new Talker({
      name: device.name,
      points: new Set(device.points.keys()),
      silentAfterMs,
      context: this.#context,
    })
    this.#talkers.push(talker)
    line.listen(compiled, talker)
    return []
  }

  #opened(): void {
    this.#line?.opened()
    this.#poller.lineRestored()
  }

  #lost(text: string): void {
    this.#line?.lost(text)
    this.#state.set(false, text)
  }

  /** A peer that is gone without a word leaves the connection open for hours: silence ends it. */
  #watchSilence(): void {
    const idleMs = Math.max(...this.#talkers.map(talker => talker.silentAfterMs))
    const look = () => {
      const nowMs = this.#context.clock.monotonic()
      dropSilent(this.#talkers, nowMs, this.#stream.state === 'open' ? undefined : this.#stream.text, this.#hint)
      const bytesMs = this.#line?.lastBytesMs ?? nowMs
      if (this.#stream.state === 'open' && nowMs - bytesMs > idleMs)
        this.#stream.drop(`no bytes for ${Math.round(idleMs / 1000)} s${this.#hint}`)
      this.#silenceTimer = this.#context.clock.after(idleMs / 4, look)
    }
    this.#silenceTimer = this.#context.clock.after(idleMs / 4, look)
  }
}
