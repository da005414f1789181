import { request as httpRequest } from 'node:http'
import type { Agent } from 'node:http'

/** Posts one request; gives the status of the answer. Rejects where the connection breaks. */
export function post(port: number, agent: Agent, token: string, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'content-length': body.byteLength,
    }
    const call = httpRequest({ port, agent, method: 'POST', path: '/v1/batches', headers }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    call.on('error', reject)
    call.end(body)
  })
}
