import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import {
  encodeException,
  encodeIdentificationResponse,
  encodeMbap,
  encodeRtu,
  MbapReader,
  type RtuRequest,
  RtuRequestReader,
} from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import type { ModbusLinkConfig } from '../../config/types.ts'
import { connectModbus } from './connect.ts'
import { TestServer } from '../channel/testing.ts'

const told = encodeIdentificationResponse(
  1,
  new Map([
    [0, 'Acme'],
    [1, 'M-1'],
    [2, 'V2.11'],
  ]),
)
const query = { functionCode: 43, level: 1, object: 0 } as const

/** Unit 1 tells what it is, unit 2 refuses, the others say nothing. */
function answer({ unitId, pdu }: RtuRequest): Uint8Array | undefined {
  if (unitId > 2) return undefined
  return unitId === 1 && pdu[0] === 43 ? told : encodeException(pdu[0] ?? 0, 1)
}

const kinds = ['modbus_tcp', 'modbus_rtu_tcp'] as const

function serve(kind: (typeof kinds)[number]): Promise<TestServer> {
  return new TestServer(socket => {
    const tcp = new MbapReader()
    const rtu = new RtuRequestReader()
    socket.on('data', chunk => {
      const requests = kind === 'modbus_tcp' ? tcp.push(chunk).frames : rtu.push(chunk)
      for (const request of requests) {
        const pdu = answer(request)
        if (!pdu) continue
        const id = 'transaction' in request ? Number(request.transaction) : 0
        socket.write(kind === 'modbus_tcp' ? encodeMbap(id, request.unitId, pdu) : encodeRtu(request.unitId, pdu))
      }
    })
  }).listen()
}

test.each(kinds)('on %s a unit tells what it is, and silence of others does not cost the connection', async kind => {
  await using server = await serve(kind)
  const place = { host: '127.0.0.1', port: server.port, timeoutMs: 15, requestGapMs: 0 }
  const config: ModbusLinkConfig = { kind, name: 'line', ...place, connectDelayMs: 0, maxInFlight: 1 }
  const silent = { changed: () => {}, opened: () => {}, staysInSilence: true }
  const connection = connectModbus(config, { clock: systemClock, random: seededRandom(3), ...silent })
  connection.start()
  try {
    const first = await connection.request(1, query, 0)
    expect(first.ok && [...first.data]).toStrictEqual([...told])
    expect(await connection.request(2, query, 0)).toMatchObject({ kind: 'exception', exception: 1 })
    const asked = Array.from({ length: 12 }, (_, n) => connection.request(3 + n, query, 0))
    for (const result of await Promise.all(asked)) expect(result).toMatchObject({ kind: 'timeout' })
    expect(await connection.request(1, query, 0)).toMatchObject({ ok: true })
    expect(server.accepted).toBe(1)
  } finally {
    connection.close()
  }
})
