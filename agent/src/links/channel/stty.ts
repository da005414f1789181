import { spawn } from 'node:child_process'
import type { SerialPortConfig } from '../../config/types.ts'

/** A port that is wedged may keep `stty` waiting. */
const timeoutMs = 5000
const maxErrorText = 1000

type Ended = { readonly code: number | null; readonly said: string } | { readonly error: NodeJS.ErrnoException }

/** Runs a program with an open port as its standard input: the port's path may be another device's by now. */
function runOn(fd: number, program: string, args: readonly string[]): Promise<Ended> {
  return new Promise(resolve => {
    const child = spawn(program, args, {
      stdio: [fd, 'ignore', 'pipe'],
      timeout: timeoutMs,
      env: { LC_ALL: 'C', PATH: process.env['PATH'] },
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < maxErrorText) said += chunk
    })
    child.on('error', error => resolve({ error }))
    child.on('close', code => resolve({ code, said: said.trim() }))
  })
}

/** Makes settings on an open port. Undefined: done; else what is wrong. */
export async function runStty(fd: number, args: readonly string[]): Promise<string | undefined> {
  const ended = await runOn(fd, 'stty', args)
  if ('error' in ended) return `stty could not be started (${ended.error.message}); install coreutils`
  return ended.code === 0 ? undefined : ended.said.replace(/^stty: /, '') || 'stty gave up'
}

/** What `flock` ends with where somebody else holds the lock. */
const heldStatus = 1

/**
 * Locks an open port for as long as it is open here. A second reader of a line takes half of its bytes, and what is left
 * may look like an answer. False: another program that locks what it opens has it (a second agent, pyserial, picocom).
 * Where there is no `flock`, the port is used without.
 */
export async function lockPort(fd: number): Promise<boolean> {
  const ended = await runOn(fd, 'flock', ['-n', '-x', '0'])
  return !('code' in ended && ended.code === heldStatus && ended.said === '')
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
