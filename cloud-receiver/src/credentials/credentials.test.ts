import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '@lineside/contract/testing'
import { Credentials } from './credentials.ts'
import { bearerOf, parseToken } from './token.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-credentials-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = () => Credentials.open(join(folder, 'data', 'credentials.db'), new FakeClock())

function added(credentials: Credentials, gateway: string): string {
  const result = credentials.add(gateway)
  if (result.kind !== 'added') throw new Error(`not added: ${result.kind}`)
  return result.token
}

test('a token names its gateway, and only the whole token does', () => {
  using credentials = open()
  const token = added(credentials, 'gw1')
  expect(credentials.verify(token)).toBe('gw1')
  const wrong = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`
  expect(credentials.verify(wrong)).toBeUndefined()
  expect(credentials.verify(token.slice(0, -1))).toBeUndefined()
  expect(credentials.verify('')).toBeUndefined()
  const foreign = parseToken(added(credentials, 'gw2'))
  const own = parseToken(token)
  expect(credentials.verify(`lsr_${foreign?.id}_${own?.secret}`)).toBeUndefined()
})

test('only the hash is at rest, in files that nobody else may read', () => {
  using credentials = open()
  const secret = parseToken(added(credentials, 'gw1'))?.secret ?? 'none'
  for (const suffix of ['', '-wal', '-shm']) {
    const path = join(folder, 'data', `credentials.db${suffix}`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path).includes(secret)).toBe(false)
  }
})

test('two tokens are valid at a time, and a third is refused until one is removed', () => {
  using credentials = open()
  const first = added(credentials, 'gw1')
  const second = added(credentials, 'gw1')
  expect(credentials.add('gw1')).toMatchObject({ kind: 'too_many' })
  expect([credentials.verify(first), credentials.verify(second)]).toEqual(['gw1', 'gw1'])
  expect(credentials.remove('gw1', parseToken(first)?.id)).toBe(1)
  expect([credentials.verify(first), credentials.verify(second)]).toEqual([undefined, 'gw1'])
  expect(credentials.list().map(t => t.gateway)).toEqual(['gw1'])
  expect(credentials.remove('gw1')).toBe(1)
  expect(credentials.verify(second)).toBeUndefined()
})

test('what another process adds or revokes counts at once', () => {
  using running = open()
  using command = open()
  const token = added(command, 'gw1')
  expect(running.verify(token)).toBe('gw1')
  command.remove('gw1')
  expect(running.verify(token)).toBeUndefined()
})

test('a name that could leave its folder is refused', () => {
  using credentials = open()
  for (const name of ['', '..', '../x', 'a/b', 'a b', '.hidden', 'x'.repeat(129)]) {
    expect(credentials.add(name)).toEqual({ kind: 'bad_name' })
  }
})

test('a bearer header gives its token and nothing else does', () => {
  expect(bearerOf('Bearer abc')).toBe('abc')
  expect(bearerOf('bearer  abc ')).toBe('abc')
  for (const header of [undefined, '', 'Bearer', 'Basic abc', 'Bearer a b', `Bearer ${'x'.repeat(600)}`]) {
    expect(bearerOf(header)).toBeUndefined()
  }
})
