import type { AskedOutcome } from '../poll/outcome.ts'
import type { DeviceStatus } from '../poll/status.ts'
import type { LineUse } from '../poll/use.ts'

/** One shared way to devices. Owns a socket, a port or a broker, and the timers that belong to it. */
export interface Link extends AsyncDisposable {
  readonly name: string
  /** Resolves when the link works on its own; rejects where it can't be served (an address in use). */
  start(): Promise<void>
  /** Ends asking; what is under way is finished or given up within its time-out. */
  stop(): Promise<void>
  status(): LinkStatus
  /**
   * Reads these points of a device now, before what is due; what is under way on the line ends first. The values go to
   * whom asked and nowhere else. Undefined: the device is not one that can be asked. Never rejects.
   */
  read?(device: string, points: readonly string[]): Promise<AskedOutcome> | undefined
  /** How busy the line is with its polls; undefined where nothing is polled. */
  use?(): LineUse | undefined
  /** Publishes a message; only on links with a broker. Never rejects. */
  publish?(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<Published>
}

export interface PublishOptions {
  readonly retain?: boolean
  readonly qos?: 0 | 1
}

/** What became of a message that the agent wanted to publish. */
export type Published = { readonly ok: true } | { readonly ok: false; readonly text: string }

/** What a link tells of itself, for metrics and the command line. */
export interface LinkStatus {
  readonly name: string
  readonly kind: string
  readonly state: 'starting' | 'online' | 'offline'
  /** Why it is not online, or what of it does not work. */
  readonly text?: string
  /** Count from the start of the agent. */
  readonly counters: Readonly<Record<string, number>>
  /** What is at this moment: connected clients, messages that wait. */
  readonly levels?: Readonly<Record<string, number>>
  /** What it refused those that connect to it; absent while there was nothing. */
  readonly refusals?: LinkRefusals
  readonly devices: readonly DeviceStatus[]
}

/** What a link refused its clients. */
export interface LinkRefusals {
  /** Since the start of the agent. */
  readonly count: number
  /** The last one, and of whom. */
  readonly text: string
  /** When that was, UTC ms. */
  readonly t: number
}
