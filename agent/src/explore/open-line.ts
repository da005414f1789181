import type { Clock } from '@lineside/contract'
import type { ModbusQuery } from '@lineside/device-profiles'
import type { ModbusLinkConfig } from '../config/types.ts'
import { connectModbus } from '../links/modbus/connect.ts'
import { disconnected, type ModbusResult } from '../links/modbus/result.ts'

/** What everything that looks at devices without the agent is given. */
export interface ExploreParts {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Ends it early; what was found so far stays. */
  readonly signal: AbortSignal
}

/** A line on which units are asked, one request at a time; it is connected again where the peer hangs up. */
export interface OpenLine extends Disposable {
  /** Never rejects. `disconnected`: also a second connection did not last for this request, or it was ended early. */
  ask(unitId: number, query: ModbusQuery): Promise<ModbusResult>
  /** Requests that were sent. */
  readonly requests: number
  /** Bytes that answered nothing; only on lines with RTU frames. */
  readonly strayBytes: number
}

export type Opened = { readonly ok: true; readonly line: OpenLine } | { readonly ok: false; readonly text: string }

/** At least so long between an answer and the next request: many a device wants it, and nobody is in a hurry. */
const politeGapMs = 20
/** Some devices close the connection at what they don't know; that is waited for this long. */
const againMs = 3000

/** Opens a line, once: what can't be opened now is told. */
export async function openLine(config: ModbusLinkConfig, parts: ExploreParts): Promise<Opened> {
  const { clock, random, signal } = parts
  let waiting: ((text: string | undefined) => void) | undefined
  const settle = (text: string | undefined) => {
    waiting?.(text)
    waiting = undefined
  }
  let isDown = false
  const connection = connectModbus(config, {
    clock,
    random,
    staysInSilence: true,
    opened: () => {
      isDown = false
      settle(undefined)
    },
    changed: (online, text) => {
      isDown = !online
      if (!online) settle(text ?? 'the connection is lost')
    },
  })
  const close = () => {
    connection.close()
    settle('ended')
  }
  signal.addEventListener('abort', close)
  const dispose = () => {
    signal.removeEventListener('abort', close)
    connection.close()
  }
  const first = new Promise<string | undefined>(resolve => void (waiting = resolve))
  connection.start()
  const text = signal.aborted ? 'ended' : await first
  if (text !== undefined) {
    dispose()
    return { ok: false, text }
  }
  const gapMs = Math.max(config.requestGapMs, politeGapMs)
  const ask = async (unitId: number, query: ModbusQuery): Promise<ModbusResult> => {
    if (signal.aborted) return disconnected('ended')
    const result = await connection.request(unitId, query, gapMs)
    // Not only no answer: something that is no Modbus at all, for which the connection was given up.
    if (!result.ok && result.kind === 'malformed' && isDown) return disconnected(result.text)
    if (result.ok || result.kind !== 'disconnected' || signal.aborted) return result
    const isBack = await new Promise<boolean>(resolve => {
      const timer = clock.after(againMs, () => settle('not back in time'))
      waiting = failure => {
        timer.cancel()
        resolve(failure === undefined)
      }
    })
    return isBack ? connection.request(unitId, query, gapMs) : result
  }
  return {
    ok: true,
    line: {
      ask,
      get requests() {
        return connection.counters['requests'] ?? 0
      },
      get strayBytes() {
        return connection.counters['strayBytes'] ?? 0
      },
      [Symbol.dispose]: dispose,
    },
  }
}
