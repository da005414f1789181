import { request } from 'node:http'
import { join } from 'node:path'
import { parseJson } from '@lineside/contract'
import type { AgentStatus } from 'lineside/view'
import type { AlarmView, ArrivedView } from './screen.ts'

/** What the agent says on its control socket; undefined while it is not there. */
export async function askAgentStatus(buffer: string): Promise<AgentStatus | undefined> {
  return (await get({ socketPath: join(buffer, 'control.sock'), path: '/status' })) as AgentStatus | undefined
}

export async function askAlarms(buffer: string): Promise<readonly AlarmView[]> {
  return ((await get({ socketPath: join(buffer, 'control.sock'), path: '/alarms' })) ?? []) as readonly AlarmView[]
}

/** What the receiver has of this gateway. */
export async function askReceiver(port: number, token: string): Promise<ArrivedView | undefined> {
  const headers = { authorization: `Bearer ${token}` }
  const body = await get({ host: '127.0.0.1', port, path: '/v1/status', headers })
  if (typeof body !== 'object' || body === null) return undefined
  const { readings, batches, lastReceivedMs } = body as { readings: number; batches: number; lastReceivedMs?: number }
  return { readings, batches, lastAt: lastReceivedMs }
}

function get(options: {
  host?: string
  port?: number
  socketPath?: string
  path: string
  headers?: Record<string, string>
}): Promise<unknown> {
  return new Promise(resolve => {
    const call = request({ ...options, timeout: 2000 }, response => {
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
