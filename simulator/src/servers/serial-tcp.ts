import type { Socket } from 'node:net'
import type { Playing } from '../devices/playing.ts'
import type { SerialDevice } from '../devices/serial-device.ts'
import { makeMessage, type TextMessage } from '../devices/text-message.ts'
import type { SerialServerLink } from '../plant/plant.ts'
import { acceptClients } from './accept-clients.ts'
import { answerQuestions } from './answer-questions.ts'
import { repeat } from './repeat.ts'
import type { LinkPlayer } from './link-player.ts'

/** Clients at a time: each hears what a talker says; another one is turned away. */
const mostConnections = 16

/** Frames that may wait for a client that doesn't read; it misses those beyond. */
const mostWaitingBytes = 262_144

/** A serial line behind a device server. A client begins at the start of a frame. */
export async function serveSerialTcp(
  link: SerialServerLink,
  device: SerialDevice,
  playing: Playing,
): Promise<LinkPlayer> {
  const clients = await acceptClients(link, mostConnections, playing.clock, socket => {
    if (device.greeting.length > 0) socket.write(device.greeting)
    socket.on(
      'data',
      answerQuestions(device, playing, answer => say(answer, [socket], playing)),
    )
  })
  const { address, sockets } = clients
  const talking = repeat(playing.clock, device.everyMs, () => {
    if (sockets.size === 0 || device.sources.isSilent(playing.elapsed())) return
    for (const message of device.messages) say(message, sockets, playing)
  })
  return {
    name: link.name,
    kind: link.kind,
    address,
    async [Symbol.asyncDispose]() {
      talking.cancel()
      await clients[Symbol.asyncDispose]()
    },
  }
}

/** Writes one frame to every client; it is in the ledger once the first of them has it. */
function say(message: TextMessage<Uint8Array>, sockets: Iterable<Socket>, playing: Playing): void {
  const ready = [...sockets].filter(socket => socket.writable && socket.writableLength < mostWaitingBytes)
  if (ready.length === 0) return
  const made = makeMessage(message, playing)
  if (made === undefined) return
  let { drafts } = made
  for (const socket of ready) {
    socket.write(made.encoded, error => {
      if (error) return
      for (const draft of drafts) playing.ledger.add(draft)
      drafts = []
    })
  }
}
