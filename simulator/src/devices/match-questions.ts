/** Bytes of an unfinished question that are kept. */
const mostPending = 4_096

/** Finds questions in a byte stream, however it was split; what belongs to none is passed over. */
export class QuestionMatcher {
  readonly #questions: readonly Uint8Array[]
  #pending: Uint8Array = new Uint8Array(0)

  constructor(questions: readonly Uint8Array[]) {
    this.#questions = questions.filter(question => question.length > 0).toSorted((a, b) => b.length - a.length)
  }

  /** The questions that end in `chunk`, in their order. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = Buffer.concat([this.#pending, chunk])
    const found: Uint8Array[] = []
    let at = 0
    while (at < bytes.length) {
      const rest = bytes.subarray(at)
      const question = this.#questions.find(one => rest.length >= one.length && startsWith(rest, one))
      if (question) {
        found.push(question)
        at += question.length
      } else if (this.#questions.some(one => startsWith(one, rest))) break
      else at++
    }
    this.#pending = bytes.subarray(Math.max(at, bytes.length - mostPending))
    return found
  }
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return bytes.length >= beginning.length && beginning.every((byte, index) => bytes[index] === byte)
}
