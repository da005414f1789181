import { QuestionMatcher } from '../devices/match-questions.ts'
import type { Playing } from '../devices/playing.ts'
import type { SerialDevice } from '../devices/serial-device.ts'
import type { TextMessage } from '../devices/text-message.ts'

/** Takes what comes over a line, however it was split, and says the answer to each question that the device knows. */
export function answerQuestions(
  device: SerialDevice,
  playing: Playing,
  say: (answer: TextMessage<Uint8Array>) => void,
): (chunk: Uint8Array) => void {
  const matcher = new QuestionMatcher(device.questions.map(question => question.bytes))
  return chunk => {
    const asked = matcher.push(chunk)
    if (device.sources.isSilent(playing.elapsed())) return
    for (const bytes of asked) {
      const question = device.questions.find(one => one.bytes === bytes)
      if (question) say(question.answer)
    }
  }
}
