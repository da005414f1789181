import { gzipSync } from 'node:zlib'
import { encodeEnvelope, encodeMember } from '@lineside/contract'

/** Somebody with a valid token of their own who means ill, and somebody honest whose name they would like. */
export interface Mallory {
  readonly gateway: string
  readonly token: string
  readonly victim: string
  /** A stream that the victim sends. */
  readonly victimStream: string
  readonly newId: () => string
  readonly random: () => number
}

/** Bytes for one connection, and the answers that they may get. */
export interface Attack {
  readonly head: string
  readonly body: Uint8Array
  /** Milliseconds between single bytes; all at once where it is not said. */
  readonly slowMs?: number
  /** The connection is closed behind it. */
  readonly cut?: boolean
  /** HTTP statuses; 0: the connection ends without one. Beside them 429 and 503 are always fair. */
  readonly answers: readonly number[]
}

/** The device of everything that an attack may get stored: under the attacker's own name, or not at all. */
export const poisonDevice = 'poison'

const sample = `{"k":"sample","device":"${poisonDevice}","t":1,"values":{"x":1}}`
const boot = '00000000-0000-4000-8000-00000000b007'

/** Every way to be a nuisance; adding one is adding a line. */
export const attacks: Readonly<Record<string, (mallory: Mallory) => Attack>> = {
  'a bomb of zeros': m => post(m, Buffer.concat([envelope(m, 1), zeros]), [413]),
  'a bomb in many members': m =>
    post(m, Buffer.concat([envelope(m, 1), ...Array.from({ length: 40 }, () => spaces)]), [413, 400]),
  'an entry nested deep': m =>
    post(m, request(m, [`{"k":"later","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`]), [200]),
  'an envelope nested deep': m => post(m, gzipSync(`${'{"v":'.repeat(20_000)}\n`), [400]),
  'the name of another in the envelope': m => post(m, request({ ...m, gateway: m.victim }, [sample]), [403]),
  'the name of another in a batch': m => post(m, Buffer.concat([envelope(m, 1), batch(m, [sample], m.victim)]), [403]),
  'the name of another in capitals': m => post(m, request({ ...m, gateway: m.victim.toUpperCase() }, [sample]), [403]),
  'the name of another with a Cyrillic o': m =>
    post(m, request({ ...m, gateway: m.victim.replace('o', 'о') }, [sample]), [400]),
  'the name of another and a blank': m => post(m, request({ ...m, gateway: `${m.victim} ` }, [sample]), [400]),
  'the name of another in a header': m =>
    post(m, request(m, [sample]), [200], { 'x-gateway': m.victim, host: m.victim }),
  'a stream of another': m => post(m, request(m, [sample], m.victimStream), [200]),
  'a gap over a stream of another': m => post(m, request(m, [gapOver(m.victimStream)]), [200]),
  'a zero byte between members': m => post(m, Buffer.concat([envelope(m, 1), Buffer.of(0), batch(m, [sample])]), [400]),
  'a member that is cut off': m => post(m, request(m, [sample]).subarray(0, -7), [400]),
  'a body that never ends': m => ({ ...post(m, request(m, [sample]), [400, 0]), head: head(m, 900_000), cut: true }),
  'two lengths': m => post(m, request(m, [sample]), [400], { 'Content-Length': '7' }),
  'a length and chunks': m => post(m, request(m, [sample]), [400], { 'transfer-encoding': 'chunked' }),
  'gzip twice': m => post(m, request(m, [sample]), [415, 400], { 'Content-Encoding': 'gzip' }),
  'another type': m => withHead(m, 'content-type: application/x-ndjson', 'content-type: text/plain', [415]),
  'a type with more behind it': m =>
    withHead(m, 'content-type: application/x-ndjson', 'content-type: application/x-ndjson; charset=x', [415]),
  'no compression': m => withHead(m, 'content-encoding: gzip\r\n', '', [415]),
  'no token': m => withHead(m, /authorization: .*\r\n/, '', [401]),
  'a token that is wrong at its end': m => withHead(m, `${m.token}\r\n`, `${m.token.slice(0, -2)}xx\r\n`, [401]),
  'headers without end': m => post(m, request(m, [sample]), [400, 431, 0], { cookie: 'x'.repeat(40_000) }),
  'no HTTP': m => ({ head: '', body: noise(m, 2000), cut: true, answers: [400, 0] }),
  'a seq beyond all numbers': m => post(m, header(m, { seq: '18446744073709551616' }), [400]),
  'a seq with a fraction': m => post(m, header(m, { seq: '1.5' }), [400]),
  'a count beyond all numbers': m => post(m, header(m, { count: '1e308' }), [400]),
  'a number of many digits': m =>
    post(
      m,
      request(
        m,
        Array.from({ length: 9 }, () => number(100_000)),
      ),
      [200],
    ),
  'bytes that are no UTF-8': m =>
    post(m, Buffer.concat([envelope(m, 1), gzipSync(Buffer.concat([text(m), noise(m, 900)]))]), [400]),
  'a sample of too many points': m => post(m, request(m, [points(6000)]), [200]),
  'names that are paths': m => post(m, request(m, [sample.replace(poisonDevice, '../../poison')]), [200]),
  'names that are prototypes': m => post(m, request(m, [sample.replace('"x"', '"__proto__"')]), [200]),
  'a great many lines': m =>
    post(
      m,
      request(
        m,
        Array.from({ length: 60_000 }, () => '{}'),
      ),
      [200],
    ),
  'a great many streams': m => post(m, streams(m, 2000), [200]),
  'a head that drips': m => ({ ...post(m, request(m, [sample]), [400, 408, 0]), slowMs: 400 }),
  'a body that drips': m => ({ head: head(m, 90_000), body: noise(m, 90_000), slowMs: 400, answers: [400, 408, 0] }),
  'one changed byte': m => post(m, flipped(m), [200, 400, 403, 413]),
}

const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024))
const spaces = gzipSync(Buffer.alloc(1024 * 1024, 0x20))

function head({ token }: Mallory, length: number, more: Readonly<Record<string, string>> = {}): string {
  const lines = ['POST /v1/batches HTTP/1.1', 'host: receiver', `authorization: Bearer ${token}`]
  lines.push('content-type: application/x-ndjson', 'content-encoding: gzip', `content-length: ${length}`)
  for (const [name, value] of Object.entries(more)) lines.push(`${name}: ${value}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function post(
  m: Mallory,
  body: Uint8Array,
  answers: readonly number[],
  more?: Readonly<Record<string, string>>,
): Attack {
  return { head: head(m, body.byteLength, more), body, answers }
}

function withHead(m: Mallory, from: string | RegExp, to: string, answers: readonly number[]): Attack {
  const good = post(m, request(m, [sample]), answers)
  return { ...good, head: good.head.replace(from, to) }
}

function envelope({ gateway }: Mallory, batches: number): Buffer {
  return gzipSync(encodeEnvelope({ gateway, batches, streams: [] }))
}

function batch({ gateway, newId }: Mallory, lines: readonly string[], as = gateway, stream = newId()): Buffer {
  return gzipSync(encodeMember({ gateway: as, stream, seq: 1, boot }, lines))
}

function request(m: Mallory, lines: readonly string[], stream?: string): Buffer {
  return Buffer.concat([envelope(m, 1), batch(m, lines, m.gateway, stream)])
}

function text({ gateway, newId }: Mallory): Buffer {
  return Buffer.from(encodeMember({ gateway, stream: newId(), seq: 1, boot }, [sample]))
}

/** A batch whose header has a number of its own. */
function header(m: Mallory, fields: Readonly<Record<string, string>>): Buffer {
  let line = text(m).toString()
  for (const [key, value] of Object.entries(fields)) line = line.replace(new RegExp(`"${key}":1`), `"${key}":${value}`)
  return Buffer.concat([envelope(m, 1), gzipSync(line)])
}

function streams(m: Mallory, count: number): Buffer {
  const members = Array.from({ length: count }, () => text(m))
  return Buffer.concat([envelope(m, count), gzipSync(Buffer.concat(members))])
}

function gapOver(stream: string): string {
  const names = [{ stream, seqs: [[1, Number.MAX_SAFE_INTEGER]] }]
  return JSON.stringify({ k: 'gap', t: 1, reason: 'evicted', names })
}

function number(digits: number): string {
  return sample.replace('"x":1', `"x":${'9'.repeat(digits)}`)
}

function points(count: number): string {
  return JSON.stringify({
    k: 'sample',
    device: poisonDevice,
    t: 1,
    values: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i])),
  })
}

function noise({ random }: Mallory, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => 0x80 + Math.floor(random() * 128)))
}

function flipped(m: Mallory): Buffer {
  const body = request(m, [sample, sample])
  const at = Math.floor(m.random() * body.length)
  body[at] = (body[at] ?? 0) ^ (1 + Math.floor(m.random() * 255))
  return body
}
