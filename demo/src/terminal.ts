import { drawFrame, type Frame } from './screen.ts'

/** Where the demo shows what happens: a picture that is refreshed in place, or lines where there is no terminal. */
export interface Display extends Disposable {
  show(frame: Frame): void
  event(text: string): void
}

/** Draws on the terminal's second screen, so that what stood there before comes back. */
export function createPicture(stream: NodeJS.WriteStream): Display {
  stream.write('\u001b[?1049h\u001b[?25l')
  return {
    show(frame) {
      const lines = drawFrame(frame, { columns: stream.columns || 80, rows: stream.rows || 24 })
      stream.write(`\u001b[H${lines.map(line => `${line}\u001b[K`).join('\n')}\u001b[J`)
    },
    // Below the picture: what happens while no more pictures come.
    event: text => void stream.write(`\u001b[${stream.rows || 24};1H${text}\u001b[K`),
    [Symbol.dispose]: () => void stream.write('\u001b[?25h\u001b[?1049l'),
  }
}

/** One line for each thing that happens. */
export function createLines(write: (text: string) => void): Display {
  return { show() {}, event: text => write(`${text}\n`), [Symbol.dispose]() {} }
}
