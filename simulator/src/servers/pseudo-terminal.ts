import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SimulatorError } from '../error.ts'

/** The end of a pseudo-terminal that a program has; the other one is at a path, as a serial port. */
export interface PseudoTerminal extends AsyncDisposable {
  read(take: (chunk: Uint8Array) => void): void
  write(bytes: Uint8Array, sent: () => void): void
}

/** What socat says when both of its ends are there. */
const isReady = /starting data transfer loop/
/** Answers that may wait for a client that doesn't read; those beyond are lost, as on a line. */
const mostWaitingBytes = 4096
const program = 'socat'

/**
 * Makes a pseudo-terminal at a path through socat, for Node has no call for it. Throws SimulatorError
 * `no_pseudo_terminal`.
 */
export async function openPseudoTerminal(link: string, path: string): Promise<PseudoTerminal> {
  const socat = spawn(program, ['-d', '-d', '-', `pty,rawer,link=${path}`], { stdio: ['pipe', 'pipe', 'pipe'] })
  const refuse = (reason: string, fix: string, cause?: unknown) =>
    new SimulatorError('no_pseudo_terminal', `link ${link}: no pseudo-terminal at ${path} (${reason})`, fix, { cause })
  const ended = once(socat, 'close').catch(() => [])
  const ready = new Promise<void>((resolve, reject) => {
    let said = ''
    socat.on('error', error => reject(refuse(error.message, 'install socat', error)))
    socat.on('close', () => reject(refuse(said.trim().split('\n').at(-1) ?? 'socat ended', 'write another path')))
    socat.stderr.on('data', chunk => {
      if (said.length < mostWaitingBytes) said += String(chunk)
      if (isReady.test(said)) resolve()
    })
  })
  socat.stdin.on('error', () => {})
  await ready
  return {
    read: take => void socat.stdout.on('data', take),
    write(bytes, sent) {
      if (socat.stdin.writableLength > mostWaitingBytes) return
      socat.stdin.write(bytes, error => {
        if (!error) sent()
      })
    },
    async [Symbol.asyncDispose]() {
      socat.kill()
      await ended
    },
  }
}
