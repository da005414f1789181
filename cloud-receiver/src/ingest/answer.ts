import type { FastifyReply } from 'fastify'
import type { Clock } from '@lineside/contract'
import { discard } from './read-body.ts'
import { refused } from './refused.ts'
import type { Refused } from './refused.ts'

/** What a sender hears of everything that is wrong inside. */
export const failed = refused(503, 'unavailable', 'the receiver can not store at the moment', 5000)
export const nothingHere = refused(404, 'not_found', 'there is nothing here')

/** Sends a refusal. The body is read to its end first, within bounds: else its sender might never hear the answer. */
export async function answer(
  clock: Clock,
  reply: FastifyReply,
  { status, code, message, retryAfterMs }: Refused,
): Promise<FastifyReply> {
  const { raw } = reply.request
  if (retryAfterMs !== undefined) void reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  if (raw.method === 'POST' && status !== 408 && status !== 413) await discard(raw, clock)
  if (raw.method === 'POST' && !raw.complete) {
    void reply.header('connection', 'close')
    reply.raw.once('finish', () => raw.destroy())
  }
  return reply.code(status).type('application/json').send(JSON.stringify({ code, message }))
}
