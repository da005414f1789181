import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openControl, refuseSecond } from './place.ts'
import { controlSocketPath, findControlSocket, probeSocket, runtimeSocketPath } from './socket.ts'
import { unaskedView } from './testing.ts'

let folder: string
let storage: string
let runtime: string
const log = pino({ level: 'silent' })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-'))
  storage = join(folder, 'storage')
  runtime = join(folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  vi.stubEnv('XDG_RUNTIME_DIR', runtime)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

test('an agent whose storage folder is not there listens elsewhere, is found, and moves in when it is', async () => {
  let isOpen = false
  await using control = await openControl(storage, unaskedView, () => isOpen, log)
  const away = await findControlSocket(storage)
  expect(away).toBe(runtimeSocketPath(storage))
  expect(away.startsWith(runtime)).toBe(true)
  expect([await probeSocket(away), statSync(away).mode & 0o777]).toEqual(['listening', 0o600])
  await expect(refuseSecond(storage)).rejects.toThrow(`listens on ${away}`)
  expect(await findControlSocket(join(folder, 'another'))).toBe(controlSocketPath(join(folder, 'another')))

  mkdirSync(storage)
  isOpen = true
  await control.moveIn()
  expect(await findControlSocket(storage)).toBe(controlSocketPath(storage))
  expect([await probeSocket(controlSocketPath(storage)), existsSync(away)]).toEqual(['listening', false])
})

test.each([
  ['while the buffer works in what is there now', true],
  ['while it does not', false],
])('a folder that vanishes takes the socket along: the agent listens anew, %s', async (_, works) => {
  mkdirSync(storage)
  let isOpen = true
  await using control = await openControl(storage, unaskedView, () => isOpen, log)
  const home = controlSocketPath(storage)
  control.look()
  expect(await findControlSocket(storage)).toBe(home)
  rmSync(storage, { recursive: true })
  mkdirSync(storage)
  isOpen = works
  await vi.waitUntil(async () => {
    control.look()
    const path = await findControlSocket(storage)
    return (await probeSocket(path)) === 'listening' && path === (works ? home : runtimeSocketPath(storage))
  })
  isOpen = true
  await vi.waitUntil(async () => {
    control.look()
    return (await probeSocket(home)) === 'listening'
  })
  expect(await findControlSocket(storage)).toBe(home)
})

test('a socket that a killed agent left refuses nobody', async () => {
  mkdirSync(storage)
  const server = await listen(join(folder, 'gone'))
  renameSync(join(folder, 'gone'), controlSocketPath(storage))
  await server[Symbol.asyncDispose]()
  expect(existsSync(controlSocketPath(storage))).toBe(true)
  await expect(refuseSecond(storage)).resolves.toBeUndefined()
  expect(await findControlSocket(storage)).toBe(controlSocketPath(storage))
})

test('a folder that others may write to, or that is a link to one, is not believed', async () => {
  const path = runtimeSocketPath(storage) ?? ''
  await using _ = await listen(path)
  expect(await findControlSocket(storage)).toBe(path)
  chmodSync(dirname(path), 0o777)
  expect(await findControlSocket(storage)).toBe(controlSocketPath(storage))
  chmodSync(dirname(path), 0o700)
  renameSync(dirname(path), join(folder, 'elsewhere'))
  symlinkSync(join(folder, 'elsewhere'), dirname(path))
  expect(await probeSocket(path)).toBe('listening')
  expect(await findControlSocket(storage)).toBe(controlSocketPath(storage))
})

async function listen(path: string): Promise<AsyncDisposable> {
  const server = createServer()
  server.listen(path)
  await once(server, 'listening')
  return server
}
