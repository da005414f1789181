import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBuffer } from '../../buffer/buffer.ts'
import { checkCommand } from './check.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'check-'))))
afterEach(() => rmSync(folder, { recursive: true }))

async function check(text: string, token = 0o600) {
  writeFileSync(join(folder, 'token'), 's3cr3t-token-of-a-gateway\n')
  chmodSync(join(folder, 'token'), token)
  writeFileSync(join(folder, 'lineside.yaml'), text)
  let out = ''
  const io = {
    out: (more: string) => void (out += more),
    err: (more: string) => void (out += more),
    env: {},
    cwd: folder,
  }
  const status = await checkCommand.run([], io)
  return { status, out }
}

const plain = `gateway: gw
storage: { path: ./buffer, max_size: 16MB, min_free: 1MB }
cloud: { url: "https://receiver.example:8443", token: { file: token } }
`

test('a secret that others may read is told of, with the command that mends it; it is no error', async () => {
  expect((await check(plain)).out).not.toContain('beware')
  const { status, out } = await check(plain, 0o644)
  expect(status).toBe(0)
  expect(out).toContain(`beware: the secret in ${folder}/token is open to other users of this machine`)
  expect(out).toContain(`chmod 600 ${folder}/token`)
  expect(out).not.toContain('s3cr3t')
})

test('two links to one address are told of', async () => {
  const links = 'links: { a: { modbus_tcp: "192.0.2.1:502" }, b: { modbus_tcp: "192.0.2.1:502" } }\n'
  expect((await check(plain + links)).out).toContain('beware: the links a and b both go to 192.0.2.1:502')
  const named = 'links: { a: { modbus_tcp: "127.0.0.1:502" }, b: { modbus_tcp: "localhost:502" } }\n'
  expect((await check(plain + named)).out).toContain(
    'beware: the links a and b both go to one place, 127.0.0.1:502 and localhost:502; put',
  )
})

test('a disk with less than the buffer may want is told of, with what is left for it', async () => {
  const short = await check(plain.replace('min_free: 1MB', 'min_free: 9000TB'))
  expect(short.status).toBe(0)
  expect(short.out).toMatch(
    /beware: the disk of .*\/buffer has [\d.]+[TGM]B free, less than min_free \(9000TB\): the buffer/,
  )
  const long = await check(plain.replace('max_size: 16MB', 'max_size: 9000TB'))
  expect(long.out).toMatch(
    /free, and min_free \(1MB\) stays: the buffer may take [\d.]+[TGM]B of its max_size \(9000TB\)/,
  )
})

test('a folder that can not be made is told of', async () => {
  const { out } = await check(plain.replace('./buffer', './token/buffer'))
  expect(out).toContain(
    `the folder ${folder}/token/buffer of the buffer can not be made: ${folder}/token is not a folder`,
  )
})

test('another name than that of the batches that wait is a problem, with the way out', async () => {
  const path = join(folder, 'buffer')
  const parts = { clock: new FakeClock(), log: pino({ level: 'silent' }), newId: randomUUID }
  const buffer = await openBuffer({ path, gateway: 'old', maxSizeBytes: 64e6, commitEveryMs: 1000, ...parts })
  buffer.append('data', { k: 'sample', device: 'd', t: 1, values: { p: 1 } })
  await buffer.close()
  const { status, out } = await check(plain)
  expect(status).toBe(1)
  expect(out).toContain(`gateway: buffer ${path} holds 1 unsent batch of gateway old, this one is gw; start once as`)
  expect(out).toContain('1 problem: the agent would not start\ngw: what would run\n')
  expect((await check(plain.replace('gw', 'old'))).status).toBe(0)
})
