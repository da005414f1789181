import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Names this machine by what is built into it, which a copy of its card or disk doesn't take along: the serial number of
 * the board, else the addresses of its network cards. Undefined where there is neither, as in a container.
 */
export function machineName(root = '/'): string | undefined {
  const serial = read(join(root, 'proc/device-tree/serial-number')) ?? read(join(root, 'sys/class/dmi/id/product_uuid'))
  const built = serial ?? addresses(join(root, 'sys/class/net'))
  return built === undefined ? undefined : createHash('sha256').update(`lineside ${built}`).digest('hex').slice(0, 32)
}

function addresses(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined
  // Bridges, tunnels and the like have no device behind them, and new addresses at each start.
  const cards = readdirSync(folder).filter(card => existsSync(join(folder, card, 'device')))
  const found = cards.flatMap(card => read(join(folder, card, 'address')) ?? []).toSorted()
  return found.length === 0 ? undefined : found.join(' ')
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', '').trim() || undefined
  } catch {
    return undefined
  }
}
