import { readdir, readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { SerialProfile } from '@lineside/device-profiles'
import type { SerialPortConfig } from '../../config/types.ts'
import { stablePaths } from './serial-port-finder.ts'

/** Names of serial ports that are devices: USB adapters, and what is soldered on the board of a Pi or a PC. */
const portNames = /^tty(USB|ACM|AMA|RS|S[0-3]$)/
const mostNamed = 4
const groupMayReadAndWrite = 0o060

/** One sentence of what is wrong with a port that could not be opened, and what to do. */
export async function explainOpen(error: NodeJS.ErrnoException, path: string): Promise<string> {
  const { code = '' } = error
  switch (code) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return `there is no port ${path}; ${await whatIsThere()}`
    case 'EACCES':
    case 'EPERM':
      return `the user ${userName()} may not open ${path}; ${await howToBeAllowed(path)}`
    case 'EBUSY':
      return explainTaken(path)
    default:
      return `${path} could not be opened: ${error.message}`
  }
}

/** Two readers of one line take each other's answers. */
export function explainTaken(path: string): string {
  return `another program has ${path} open; end it (ModemManager and brltty take adapters by themselves)`
}

/** Members of its group may open a port, unless the system says that its owner alone may. */
async function howToBeAllowed(path: string): Promise<string> {
  const place = await stat(path).catch(() => undefined)
  if (place && (place.mode & groupMayReadAndWrite) !== groupMayReadAndWrite) {
    return `its owner alone may; let a udev rule give it GROUP="dialout", MODE="0660", and plug it in again`
  }
  const group = (place && (await groupName(place.gid))) ?? 'dialout'
  return `run: sudo usermod -aG ${group} ${userName()}, and start the agent again`
}

async function groupName(gid: number): Promise<string | undefined> {
  const lines = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n')
  return lines.map(line => line.split(':')).find(fields => fields[2] === String(gid))?.[0]
}

async function whatIsThere(): Promise<string> {
  const stable = await stablePaths()
  const others = stable.length > 0 ? [] : await otherPorts()
  const found = stable.length > 0 ? stable : others
  if (found.length === 0) return 'no serial port is plugged in'
  const more = found.length > mostNamed ? ` and ${found.length - mostNamed} more` : ''
  return `there is ${found.slice(0, mostNamed).join(', ')}${more}`
}

async function otherPorts(): Promise<readonly string[]> {
  const names = await readdir('/dev').catch((): string[] => [])
  return names
    .filter(name => portNames.test(name))
    .toSorted()
    .map(name => `/dev/${name}`)
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'this user'
  }
}

/** What to look at where a port works and nobody has ever answered on it. */
export function whyNobodyAnswers(port: SerialPortConfig): string {
  const settings = describeSettings(port)
  return `nobody has answered on ${port.path} yet: does every device have ${settings}, are A and B swapped? lineside scan --rtu ${port.path} tries all settings`
}

/** A name that goes to the adapter that is plugged in first, with what to write instead; undefined where it is a stable one. */
export function unstableName(path: string): string | undefined {
  if (!/^\/dev\/tty(USB|ACM)\d+$/.test(path)) return undefined
  return `${path} may be another adapter after the next start; its name under /dev/serial/by-id stays with it`
}

/** `19200 baud, 8 data bits, even parity, 1 stop bit`. */
export function describeSettings({ baud, dataBits, parity, stopBits }: SerialPortConfig): string {
  const words = parity === 'none' ? 'no' : parity
  return `${baud} baud, ${dataBits} data bits, ${words} parity, ${stopBits} stop bit${stopBits === 1 ? '' : 's'}`
}

/** `; dsmr/p1 is delivered with …, the port has …` where a port is set up in another way than its device usually is; else empty. */
export function unusualSettings(port: SerialPortConfig, { profile, serial }: SerialProfile): string {
  const usual = { ...port, ...serial }
  if (describeSettings(usual) === describeSettings(port)) return ''
  return `; ${profile} is delivered with ${describeSettings(usual)}, the port has ${describeSettings(port)}`
}
