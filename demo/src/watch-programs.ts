import { request } from 'node:http'
import { parseJson } from '@lineside/contract'
import { type AgentStatus, askAgent } from 'lineside/control'
import type { AlarmView, ArrivedView } from './screen.ts'

const timeoutMs = 2000

/** What the agent says on its control socket; undefined while it is not there. */
export async function askAgentStatus(buffer: string): Promise<AgentStatus | undefined> {
  const answer = await askAgent(buffer, 'status', undefined, timeoutMs)
  return answer.ok ? answer.body : undefined
}

export async function askAlarms(buffer: string): Promise<readonly AlarmView[]> {
  const answer = await askAgent(buffer, 'alarms', undefined, timeoutMs)
  return answer.ok ? answer.body : []
}

/** What the receiver has of this gateway. */
export async function askReceiver(port: number, token: string): Promise<ArrivedView | undefined> {
  const headers = { authorization: `Bearer ${token}` }
  const body = await get({ host: '127.0.0.1', port, path: '/v1/status', headers })
  if (typeof body !== 'object' || body === null) return undefined
  const { readings, batches, lastReceivedMs } = body as { readings: number; batches: number; lastReceivedMs?: number }
  return { readings, batches, lastAt: lastReceivedMs }
}

function get(options: { host: string; port: number; path: string; headers: Record<string, string> }): Promise<unknown> {
  return new Promise(resolve => {
    const call = request({ ...options, timeout: timeoutMs }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve(response.statusCode === 200 ? parseJson(Buffer.concat(chunks).toString()) : undefined),
      )
      response.on('error', () => resolve(undefined))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}
