import type { Playing } from '../devices/playing.ts'
import type { SerialDevice } from '../devices/serial-device.ts'
import { makeMessage, type TextMessage } from '../devices/text-message.ts'
import type { SerialPortLink } from '../plant/plant.ts'
import { answerQuestions } from './answer-questions.ts'
import type { LinkPlayer } from './link-player.ts'
import { openPseudoTerminal } from './pseudo-terminal.ts'
import { repeat } from './repeat.ts'

/** A serial line on a pseudo-terminal, which others open as a serial port. */
export async function serveSerialPort(
  link: SerialPortLink,
  device: SerialDevice,
  playing: Playing,
): Promise<LinkPlayer> {
  const terminal = await openPseudoTerminal(link.name, link.path)
  const say = (message: TextMessage<Uint8Array>) => {
    const made = makeMessage(message, playing)
    // Only what the system took whole is in the ledger.
    if (made === undefined || terminal.write(made.encoded) < made.encoded.length) return
    for (const draft of made.drafts) playing.ledger.add(draft)
  }
  terminal.write(device.greeting)
  terminal.read(answerQuestions(device, playing, say))
  const talking = repeat(playing.clock, device.everyMs, () => {
    if (!device.sources.isSilent(playing.elapsed())) for (const message of device.messages) say(message)
  })
  return {
    name: link.name,
    kind: link.kind,
    address: link.path,
    async [Symbol.asyncDispose]() {
      talking.cancel()
      await terminal[Symbol.asyncDispose]()
    },
  }
}
