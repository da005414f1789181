import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { didYouMean, suggest } from './did-you-mean.ts'
import { duration, formatDuration } from './duration.ts'
import { endpoint } from './endpoint.ts'
import { jsonSchema } from './json-schema.ts'
import { resolveSecret, secretRef } from './secret-ref.ts'
import { formatSize, size } from './size.ts'

test.each([
  ['250ms', 250],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(duration.parse(text)).toBe(ms)
})

test('every whole number of milliseconds survives being written as a duration', () => {
  fc.assert(fc.property(fc.nat(999_999_999), ms => duration.parse(formatDuration(ms)) === ms))
})

test.each([
  ['2GB', 2e9],
  ['2GiB', 2 ** 31],
  ['512KiB', 524_288],
  ['1.5MB', 1_500_000],
  ['100kB', 100_000],
  ['7B', 7],
])('%s is %d bytes', (text, bytes) => {
  expect(size.parse(text)).toBe(bytes)
})

test('shows sizes in powers of ten', () => {
  expect([7, 1500, 8e9, 1_234_567].map(formatSize)).toEqual(['7B', '1.5kB', '8GB', '1.23MB'])
})

test.each([
  ['192.0.2.10:502', { host: '192.0.2.10', port: 502 }],
  ['192.0.2.10', { host: '192.0.2.10', port: 1502 }],
  ['[::1]:502', { host: '::1', port: 502 }],
  ['[fe80::1%eth0]', { host: 'fe80::1%eth0', port: 1502 }],
  ['plc-7.example:0', { host: 'plc-7.example', port: 0 }],
])('%s is an endpoint', (text, expected) => {
  expect(endpoint(1502).parse(text)).toEqual(expected)
})

test.each(['', ':502', 'a b', 'plc:', 'plc:99999', '::1', '[::1', 'http://plc:502', '300.1.1.1:502', '10.0.0:502'])(
  '%j is no endpoint',
  text => {
    expect(endpoint(1502).safeParse(text).success).toBe(false)
  },
)

test('asks for a port where there is no usual one', () => {
  const result = endpoint().safeParse('scale')
  expect(result.error?.issues[0]?.message).toBe('"scale" has no port; write for instance "scale:4001"')
})

test('fetches secrets from files and the environment, without the line break at the end', () => {
  const files = new Map([
    ['token', 'abc\n'],
    ['empty', '\n'],
    ['two', 'a\nb\n'],
  ])
  const read = {
    file: (path: string) => files.get(path),
    env: (name: string) => (name === 'TOKEN' ? 'xyz' : undefined),
  }
  const revealed = (ref: z.output<typeof secretRef>) => {
    const result = resolveSecret(ref, read)
    return 'secret' in result ? result.secret.reveal() : result.refused
  }
  expect(revealed({ file: 'token' })).toBe('abc')
  expect(revealed({ env: 'TOKEN' })).toBe('xyz')
  expect(revealed({ file: 'empty' })).toBe('the file empty is empty; write the secret into it')
  expect(revealed({ file: 'two' })).toBe('the file two has more than one line; a secret is one line')
  expect(revealed({ file: 'none' })).toBe('the file none does not exist; write the secret into it')
  expect(revealed({ env: 'NONE' })).toBe('the environment variable NONE is not set; set it for the service')
  const denied = resolveSecret({ file: 'x' }, { ...read, file: () => ({ error: 'permission denied' }) })
  expect(denied).toEqual({ refused: 'the file x can not be read: permission denied' })
})

test('guesses a misspelt word, and none where nothing is near', () => {
  const words = ['every', 'max_silence', 'deadband', 'unit']
  expect(['evry', 'maxSilence', 'dedband', 'yevery', 'untis'].map(word => didYouMean(word, words))).toEqual([
    'every',
    'max_silence',
    'deadband',
    'every',
    'unit',
  ])
  expect(['temperature', 'x', ''].map(word => didYouMean(word, words))).toEqual([undefined, undefined, undefined])
  expect(suggest('zzz', ['a', 'b', 'c'])).toBe('write a, b or c')
  expect(suggest('zzz', [])).toBe('there is none')
})

test('what is suggested for a word that exists is the word itself', () => {
  const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{3,12}$/), { minLength: 1, maxLength: 8 })
  fc.assert(fc.property(words, list => list.every(word => didYouMean(word, list) === word)))
})

test('describes to an editor what a person writes, not what the program makes of it', () => {
  const schema = z.strictObject({ every: duration, at: endpoint(502).optional(), token: secretRef.optional() })
  expect(jsonSchema(schema, { id: 'https://example/x.json', title: 'X' })).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'X',
    type: 'object',
    required: ['every'],
    additionalProperties: false,
    properties: {
      every: { type: 'string', description: 'a duration: 250ms, 10s, 5m, 1h or 2d' },
      at: { type: 'string' },
      token: { anyOf: [{ required: ['file'] }, { required: ['env'] }] },
    },
  })
})
