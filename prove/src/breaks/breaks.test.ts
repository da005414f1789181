import { systemClock } from '@lineside/contract'
import { expect, test } from 'vitest'
import { mbap, rtu } from '../field/framing.ts'
import { breakLine } from './breaks.ts'
import { startTcpPeer, tcpBreaks } from './peers.ts'

const framings = { tcp: mbap, rtu } as const

test.each(tcpBreaks.flatMap(kind => (['tcp', 'rtu'] as const).map(framing => [kind, framing] as const)))(
  'a connection that is broken by %s comes back by itself (%s)',
  async (kind, framing) => {
    await using peer = await startTcpPeer(framings[framing], [kind])
    expect(await breakLine(peer, framing, 4, systemClock, 1)).toBe(true)
  },
)
