import type { Clock } from '@lineside/contract'
import type { FakeClock } from '@lineside/contract/testing'
import {
  decodeRequest,
  encodeException,
  encodeMbap,
  encodeResponse,
  encodeRtu,
  MbapReader,
  rtuReplyBytes,
  rtuRequestBytes,
} from '@lineside/device-profiles'
import type { ChannelEvents, ChannelPlace } from '../channel/byte-stream.ts'

/** A bus with units on it, in the time of a clock: bytes take as long as they do at a baud rate, in whole ms. */
export interface BusOptions {
  readonly clock: FakeClock
  readonly byteMs: number
  /** From the end of a request to the beginning of its answer. */
  readonly answerMs: number
  /** Units that say nothing. */
  readonly dead: Set<number>
  /** Units that say nothing to reads that begin at this address, and answer others. */
  readonly halfDead?: ReadonlyMap<number, number>
}

interface Answer {
  readonly address: number
  readonly reply: Uint8Array
  readonly wireBytes: number
}

/** Registers hold their own addresses. */
function answerTo(pdu: Uint8Array): Answer | undefined {
  const request = decodeRequest(pdu)
  if (request.kind !== 'read') return undefined
  const { functionCode, address, count } = request.read
  const data = new Uint8Array(count * 2)
  for (let i = 0; i < count; i++) data.set([(address + i) >> 8, (address + i) & 0xff], i * 2)
  return { address, reply: encodeResponse(functionCode, data), wireBytes: rtuReplyBytes(request.read) }
}

/** What a serial port is to its user, at the other end the bus itself. */
export function busPort({ clock, byteMs, answerMs, dead, halfDead }: BusOptions): ChannelPlace {
  return {
    name: 'bus',
    open(events) {
      opened(clock, events)
      return {
        unsentBytes: 0,
        write(frame) {
          const unitId = frame[0] ?? 0
          const answer = answerTo(frame.subarray(1, -2))
          if (!answer || dead.has(unitId) || halfDead?.get(unitId) === answer.address) return
          const takesMs = Math.ceil(byteMs * (frame.length + answer.wireBytes) + answerMs)
          clock.after(takesMs, () => events.bytes(encodeRtu(unitId, answer.reply)))
        },
        destroy() {},
      }
    },
  }
}

/** A TCP gateway before the bus: one request after the other; it gives a silent unit up after `giveUpMs`. */
export function busGateway(options: BusOptions, giveUpMs: number, says: 'nothing' | 'exception'): ChannelPlace {
  const { clock, byteMs, answerMs, dead } = options
  return {
    name: 'gateway',
    open(events) {
      const reader = new MbapReader()
      let freeFromMs = 0
      opened(clock, events)
      return {
        unsentBytes: 0,
        write(bytes) {
          for (const { transaction, unitId, pdu } of reader.push(bytes).frames) {
            const answer = answerTo(pdu)
            if (!answer) continue
            const isDead = dead.has(unitId)
            const takesMs = isDead ? giveUpMs : Math.ceil(byteMs * (rtuRequestBytes + answer.wireBytes) + answerMs)
            freeFromMs = Math.max(freeFromMs, clock.monotonic()) + takesMs
            const reply = isDead ? encodeException(pdu[0] ?? 0, 0x0b) : answer.reply
            if (isDead && says === 'nothing') continue
            clock.after(freeFromMs - clock.monotonic(), () => events.bytes(encodeMbap(transaction, unitId, reply)))
          }
        },
        destroy() {},
      }
    },
  }
}

function opened(clock: Clock, events: ChannelEvents): void {
  clock.after(0, () => events.opened())
}
