import { nodeAt, plainValue } from '@lineside/settings'
import { complain, type Resolving, writtenText } from './context.ts'
import type { KnownLink } from './links.ts'

/** Says which devices of one link can't be told apart; of two, the second one is taken out. */
export function checkSharedLinks(
  ctx: Resolving,
  devices: readonly string[],
  links: ReadonlyMap<string, KnownLink>,
): void {
  const taken = new Map<string, string>()
  for (const device of devices) {
    const link = writtenText(ctx.document, ['devices', device, 'link'])
    const known = link === undefined ? undefined : links.get(link)
    if (link === undefined || known?.state !== 'usable') continue
    const address = addressOf(ctx, device, known.config.kind)
    if (address === undefined) continue
    const name = JSON.stringify([link, address.value])
    const other = taken.get(name)
    if (other === undefined) taken.set(name, device)
    else complain(ctx, ['devices', device, address.key], `${address.words} of ${link} is already ${other}`, address.fix)
  }
}

interface Address {
  readonly key: string
  readonly value: unknown
  readonly words: string
  readonly fix: string
}

function addressOf(ctx: Resolving, device: string, kind: 'modbus_tcp' | 'serial_tcp' | 'broker'): Address | undefined {
  const written = (key: string) => {
    const node = nodeAt(ctx.document.root, ['devices', device, key])
    return node === undefined ? undefined : plainValue(node)
  }
  if (kind === 'serial_tcp') {
    return { key: 'link', value: 0, words: 'the one device', fix: 'give each serial device a link of its own' }
  }
  if (kind === 'modbus_tcp') {
    const unitId = written('unit_id')
    if (typeof unitId !== 'number') return undefined
    return { key: 'unit_id', value: unitId, words: `unit id ${unitId}`, fix: 'correct one of the two' }
  }
  const topic = written('topic')
  if (typeof topic !== 'string') return undefined
  // Two devices may share a topic where profile or params tell them apart: the channels of one relay.
  const value = [topic, written('profile'), written('params')]
  return { key: 'topic', value, words: `${topic} with this profile`, fix: 'correct one of the two' }
}
