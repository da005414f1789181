import { spawn } from 'node:child_process'
import type { SerialPortConfig } from '../config/types.ts'

/** A port that is wedged may keep `stty` waiting. */
const timeoutMs = 5000
const maxErrorText = 1000

/** Makes settings on an open port. Undefined: done; else what is wrong. */
export function runStty(fd: number, args: readonly string[]): Promise<string | undefined> {
  return new Promise(resolve => {
    // On the open port itself: its path may be another device's by now.
    const child = spawn('stty', args, {
      stdio: [fd, 'ignore', 'pipe'],
      timeout: timeoutMs,
      env: { LC_ALL: 'C', PATH: process.env['PATH'] },
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < maxErrorText) said += chunk
    })
    child.on('error', error => resolve(`stty could not be started (${error.message}); install coreutils`))
    child.on('close', code => resolve(code === 0 ? undefined : said.trim().replace(/^stty: /, '') || 'stty gave up'))
  })
}

/** Arguments of `stty` for a line that passes every byte as it is. */
export function sttyArguments(port: SerialPortConfig, isPseudo: boolean): string[] {
  const { baud, dataBits, parity, stopBits } = port
  const line = ['raw', '-echo', '-ixon', '-ixoff', 'min', '1', 'time', '0', String(baud)]
  // A pseudo-terminal has no parity and no modem, and `stty` fails where a setting doesn't stay.
  if (isPseudo) return line
  // With inpck a character whose parity is wrong is read as NUL, which no number and no checksum has.
  const parities = {
    none: ['-parenb', '-inpck'],
    even: ['parenb', '-parodd', 'inpck'],
    odd: ['parenb', 'parodd', 'inpck'],
  } as const
  // After raw, which changes some of these.
  const frame = [`cs${dataBits}`, ...parities[parity], stopBits === 2 ? 'cstopb' : '-cstopb', '-istrip']
  return [...line, ...frame, 'clocal', 'cread', '-crtscts', '-hupcl']
}
