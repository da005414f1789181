import { EventEmitter, once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** One PUBLISH as it came over the wire (MQTT 3.1.1, section 3.3). */
export interface Published {
  readonly topic: string
  readonly payload: string
  readonly qos: number
  readonly duplicate: boolean
  readonly retain: boolean
  readonly packetId: number
}

/** The broker's end of the wire: takes any client, and acknowledges a PUBLISH when the test wants it. */
export class WireBroker {
  readonly published: Published[] = []
  /** What is done with the n-th PUBLISH, from 1. */
  answer: (n: number) => 'acknowledge' | 'drop_connection' | 'keep_waiting' = () => 'acknowledge'
  /** User names of those that connected, in their order. */
  readonly users: string[] = []
  readonly #events = new EventEmitter()
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer(socket => this.#serve(socket))

  /** Listens on a port; 0: any. Returns it. */
  async listen(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Resolves when this many were published. */
  async received(count: number): Promise<readonly Published[]> {
    while (this.published.length < count) await once(this.#events, 'published')
    return this.published
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    let pending = Buffer.alloc(0)
    socket.on('data', chunk => {
      pending = Buffer.concat([pending, chunk])
      for (let packet = cutPacket(pending); packet; packet = cutPacket(pending)) {
        pending = pending.subarray(packet.total)
        this.#take(socket, packet.first, packet.body)
      }
    })
  }

  #take(socket: Socket, first: number, body: Buffer): void {
    const type = first >> 4
    if (type === 1) {
      this.users.push(userOf(body))
      socket.write(Uint8Array.of(0x20, 2, 0, 0))
    } else if (type === 3) {
      const message = publishedOf(first, body)
      this.published.push(message)
      const answer = this.answer(this.published.length)
      if (answer === 'acknowledge') socket.write(Uint8Array.of(0x40, 2, message.packetId >> 8, message.packetId & 0xff))
      else if (answer === 'drop_connection') socket.destroy()
      this.#events.emit('published')
    } else if (type === 12) socket.write(Uint8Array.of(0xd0, 0))
  }
}

function cutPacket(bytes: Buffer): { first: number; body: Buffer; total: number } | undefined {
  let length = 0
  for (let at = 1, shift = 0; at < bytes.length && at <= 4; at++, shift += 7) {
    const byte = bytes.readUInt8(at)
    length += (byte & 0x7f) << shift
    if (byte >= 0x80) continue
    const total = at + 1 + length
    return total > bytes.length ? undefined : { first: bytes.readUInt8(0), body: bytes.subarray(at + 1, total), total }
  }
  return undefined
}

function publishedOf(first: number, body: Buffer): Published {
  const topicEnd = 2 + body.readUInt16BE(0)
  const qos = (first >> 1) & 3
  return {
    topic: body.toString('utf8', 2, topicEnd),
    payload: body.toString('utf8', topicEnd + (qos > 0 ? 2 : 0)),
    qos,
    duplicate: (first & 8) !== 0,
    retain: (first & 1) !== 0,
    packetId: qos > 0 ? body.readUInt16BE(topicEnd) : 0,
  }
}

/** User name of a CONNECT without properties: client id, will and user name follow the ten bytes of its header. */
function userOf(body: Buffer): string {
  const flags = body.readUInt8(7)
  if ((flags & 0x80) === 0) return ''
  let at = 10
  for (let skipped = (flags & 0x04) === 0 ? 1 : 3; skipped > 0; skipped--) at += 2 + body.readUInt16BE(at)
  return body.toString('utf8', at + 2, at + 2 + body.readUInt16BE(at))
}
