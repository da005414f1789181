import type { Clock } from '@lineside/contract'
import { request } from 'node:http'
import type { AskTime, TimeAnswer } from '../clock/api.ts'
import type { CloudConfig } from '../config/types.ts'
import { failureText } from './failure.ts'
import { openReceiver } from './receiver-socket.ts'

const silenceMs = 15_000

/**
 * Asks the receiver for the time: whatever it answers bears a `Date` (RFC 9110, section 6.6.1). No token goes over this
 * connection, and nothing but the date is read from it. Undefined where no certificate can vouch for it.
 */
export function createAskTime(cloud: CloudConfig, clock: Pick<Clock, 'monotonic'>): AskTime | undefined {
  if (cloud.url.protocol !== 'https:') return undefined
  return async check => {
    try {
      const answer = await ask(cloud, clock, check)
      // Whoever gives a time at which its own certificate is not valid is not believed.
      if (check === 'pinned' && answer.kind === 'date') (await openReceiver(cloud, { atMs: answer.dateMs })).destroy()
      return answer
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'CERT_NOT_YET_VALID') return { kind: 'not_yet_valid' }
      if (code === 'CERT_HAS_EXPIRED') return { kind: 'expired' }
      return { kind: 'failed', reason: failureText(error, { proxy: cloud.proxy, silenceMs }) }
    }
  }
}

async function ask(cloud: CloudConfig, clock: Pick<Clock, 'monotonic'>, check: 'full' | 'pinned'): Promise<TimeAnswer> {
  const socket = await openReceiver(cloud, check === 'full' ? 'full' : {})
  const sentMs = clock.monotonic()
  const { promise, resolve, reject } = Promise.withResolvers<TimeAnswer>()
  const asked = request({
    createConnection: () => socket,
    method: 'HEAD',
    path: cloud.url.pathname,
    headers: { host: cloud.url.host, connection: 'close', 'user-agent': 'lineside' },
    timeout: silenceMs,
  })
  asked.on('response', response => {
    const receivedMs = clock.monotonic()
    response.resume()
    socket.destroy()
    const dateMs = Date.parse(response.headers.date ?? '')
    if (Number.isNaN(dateMs)) resolve({ kind: 'failed', reason: 'the receiver gives no Date' })
    else resolve({ kind: 'date', dateMs, sentMs, receivedMs })
  })
  asked.on('timeout', () => asked.destroy(new Error('no answer')))
  asked.on('error', reject)
  asked.end()
  return promise
}
