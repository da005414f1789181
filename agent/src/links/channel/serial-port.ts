import { close, constants, open } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import type { SerialPortConfig } from '../../config/types.ts'
import type { Channel, ChannelEvents, ChannelPlace } from './byte-stream.ts'
import { describeSettings, explainOpen, explainTaken } from './serial-port-errors.ts'
import { PortFinder } from './serial-port-finder.ts'
import { lockPort, runStty, sttyArguments } from './stty.ts'

/** The driver may take its time, and the port is set up by a program of its own. */
export const openTimeoutMs = 10_000
/** Not as the terminal of this process, and without waiting for a modem. */
const openFlags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK

/**
 * A serial port of this machine. Node opens and reads it as the terminal that it is to the system; the settings are
 * made by `stty` on the open port.
 */
export function serialPlace(port: SerialPortConfig): ChannelPlace {
  const finder = new PortFinder(port.path)
  return {
    name: port.path,
    open(events) {
      const channel = new SerialChannel(port, finder, events)
      void channel.begin()
      return channel
    },
  }
}

class SerialChannel implements Channel {
  readonly #port: SerialPortConfig
  readonly #finder: PortFinder
  readonly #events: ChannelEvents
  #stream: ReadStream | undefined
  /** The descriptor that holds the lock. */
  #lock: number | undefined
  #isOver = false

  constructor(port: SerialPortConfig, finder: PortFinder, events: ChannelEvents) {
    this.#port = port
    this.#finder = finder
    this.#events = events
  }

  get unsentBytes(): number {
    return this.#stream?.writableLength ?? 0
  }

  write(bytes: Uint8Array): void {
    this.#stream?.write(bytes)
  }

  destroy(): void {
    this.#isOver = true
    this.#unlock()
    const stream = this.#stream
    if (!stream) return
    stream.removeAllListeners()
    // A port that was pulled may still report an error; nobody is interested.
    stream.on('error', () => {})
    stream.destroy()
  }

  /** Never rejects; what goes wrong is told as `broken`. */
  async begin(): Promise<void> {
    const { path } = this.#port
    const found = await this.#finder.find()
    const opened = await openFile(found)
    if (typeof opened !== 'number') return this.#broken(await explainOpen(opened, path))
    const text = isatty(opened) ? await this.#configure(opened, found) : `${path} is not a serial port`
    if (text === undefined && !this.#isOver) return this.#listen(opened)
    this.#unlock()
    close(opened, () => {})
    if (text !== undefined) this.#broken(text)
  }

  async #configure(fd: number, found: string): Promise<string | undefined> {
    const { path } = this.#port
    const isPseudo = await this.#finder.opened(found)
    // Before the settings, which are the other program's too. On a descriptor of its own: the runtime replaces ours.
    const lock = await openFile(`/proc/self/fd/${fd}`)
    if (typeof lock === 'number') this.#lock = lock
    if (this.#lock !== undefined && !(await lockPort(this.#lock))) return explainTaken(path)
    const wrong = await runStty(fd, sttyArguments(this.#port, isPseudo))
    return wrong && `${path} does not take ${describeSettings(this.#port)}: ${wrong}`
  }

  #listen(fd: number): void {
    const { path } = this.#port
    const stream = openStream(fd)
    if (!stream) return this.#broken(`${path} is gone`)
    this.#stream = stream
    stream.on('data', chunk => this.#events.bytes(chunk))
    stream.on('error', error => this.#broken(`${path} failed: ${error.message}`))
    stream.on('end', () => this.#broken(`${path} is gone`))
    stream.on('close', () => this.#broken(`${path} is gone`))
    this.#events.opened()
  }

  #unlock(): void {
    if (this.#lock !== undefined) close(this.#lock, () => {})
    this.#lock = undefined
  }

  #broken(text: string): void {
    this.#unlock()
    if (!this.#isOver) this.#events.broken(text)
  }
}

/**
 * Undefined: the port was pulled since it was opened. The runtime opens a terminal anew to make it its own, and leaves
 * ours open: the system would keep the name of an adapter that was pulled, and give the next one another. Where it could
 * not open it anew it goes on with ours.
 */
function openStream(fd: number): ReadStream | undefined {
  try {
    const stream = new ReadStream(fd)
    const handle: unknown = Reflect.get(stream, '_handle')
    const own: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
    if (typeof own === 'number' && own !== fd) close(fd, () => {})
    return stream
  } catch {
    close(fd, () => {})
    return undefined
  }
}

function openFile(path: string): Promise<number | NodeJS.ErrnoException> {
  return new Promise(resolve => {
    open(path, openFlags, (error, fd) => resolve(error ?? fd))
  })
}
