import { AxiosError } from 'axios'
import { expect, test } from 'vitest'
import { failureText } from './failure.ts'

const machineMs = Date.parse('2029-05-12T03:04:05Z')
const context = { proxy: undefined, silenceMs: 30_000, machineMs }
const behindProxy = { ...context, proxy: new URL('http://192.0.2.7:3128') }

test.each([
  [
    '40AD31D6627F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps:909:SSL alert number 116',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'the receiver, or what stands before it, wants a client certificate that it knows: see cloud.client_cert (tlsv13 alert certificate required)',
  ],
  [
    'write EPROTO 40AD:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../x.c:1:',
    'EPROTO',
    'no TLS connection: wrong version number',
  ],
  [
    'maxContentLength size of 16777216 exceeded',
    'ERR_BAD_RESPONSE',
    'the answer is longer than 16 MiB: it is not that of a receiver',
  ],
  ['timeout of 30000ms exceeded', 'ECONNABORTED', 'no answer within 30 s'],
  ['stream has been aborted', 'ERR_BAD_RESPONSE', 'the connection broke in the middle of the answer'],
  [
    'certificate has expired',
    'CERT_HAS_EXPIRED',
    "the receiver's certificate has expired (CERT_HAS_EXPIRED); is this gateway's clock right? It says 2029-05-12 03:04 UTC",
  ],
  ['connect ECONNREFUSED 192.0.2.1:8443', 'ECONNREFUSED', 'connect ECONNREFUSED 192.0.2.1:8443'],
  ['socket hang up', 'ECONNRESET', 'the connection was closed without an answer'],
  ['', 'ECONNRESET', 'no connection (ECONNRESET)'],
])('%s', (message, code, text) => {
  expect(failureText(new AxiosError(message, code), context)).toBe(text)
})

test.each([
  [
    'Parse Error: Expected HTTP/, RTSP/ or ICE/',
    'what is answered by the proxy 192.0.2.7:3128 is no HTTP (Expected HTTP/, RTSP/ or ICE/)',
  ],
  [
    'Client network socket disconnected before secure TLS connection was established',
    'the connection was closed by the proxy 192.0.2.7:3128 before TLS was agreed on',
  ],
])('behind a proxy: %s', (message, text) => {
  expect(failureText(new AxiosError(message, 'ECONNRESET'), behindProxy)).toBe(text)
})

test('behind a proxy it is the proxy that is not reached', () => {
  const refused = new AxiosError('connect ECONNREFUSED 192.0.2.7:3128', 'ECONNREFUSED')
  expect(failureText(refused, behindProxy)).toBe(
    'the proxy 192.0.2.7:3128 is not reached: connect ECONNREFUSED 192.0.2.7:3128',
  )
})
