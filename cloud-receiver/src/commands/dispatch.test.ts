import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dispatch } from './dispatch.ts'
import { commands } from './table.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-receiver-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function run(...args: readonly string[]) {
  let out = ''
  let err = ''
  const status = await dispatch(args, commands, { out: text => (out += text), err: text => (err += text) })
  return { status, out, err }
}

/** A configuration whose data stay in the test's folder. */
function config(text = ''): string {
  const path = join(folder, 'receiver.yaml')
  writeFileSync(path, text === '' ? '{}' : text)
  return path
}

test('help lists every command, and a wrong one is told what was meant', async () => {
  const help = await run('--help')
  expect(help.status).toBe(0)
  for (const { name } of commands) expect(help.out).toContain(`  ${name}`)
  expect((await run()).status).toBe(2)
  expect(await run('gatway')).toMatchObject({ status: 2, err: expect.stringContaining('did you mean gateway?') })
  expect(await run('xyzzy')).toMatchObject({
    status: 2,
    err: expect.stringContaining('; there are run, gateway, check'),
  })
  expect(await run('run', '--help')).toMatchObject({ status: 0, out: expect.stringContaining('SIGTERM') })
  expect(await run('help', 'chekc')).toMatchObject({ status: 2, err: expect.stringContaining('did you mean check?') })
  expect(await run('gateway', 'list', '--confg', 'x')).toMatchObject({
    status: 2,
    err: expect.stringContaining(
      'lineside-receiver gateway: there is no option --confg; did you mean --config?\nusage: ',
    ),
  })
})

test('a gateway is added with a token that stands alone on standard output, listed without it, and removed', async () => {
  const file = config()
  const added = await run('gateway', 'add', 'plant1-gw3', '--config', file)
  expect(added).toMatchObject({ status: 0, out: expect.stringMatching(/^lsr_[0-9a-f]{12}_[\w-]{43}\n$/) })
  expect(added.err).not.toContain(added.out.trim())
  const listed = await run('gateway', 'list', '--config', file)
  expect(listed.out).toContain('plant1-gw3')
  expect(listed.out).not.toContain(added.out.trim().slice(17))
  expect(readFileSync(join(folder, 'receiver-data', 'credentials.db')).includes(added.out.slice(17, 60))).toBe(false)
  expect((await run('gateway', 'add', 'plant1-gw3', '--config', file)).status).toBe(0)
  expect(await run('gateway', 'add', 'plant1-gw3', '--config', file)).toMatchObject({ status: 1, out: '' })
  expect(await run('gateway', 'remove', 'plant1-gw', '--config', file)).toMatchObject({
    status: 1,
    err: expect.stringContaining('did you mean plant1-gw3?'),
  })
  expect(await run('gateway', 'remove', 'plant1-gw3', '--config', file)).toMatchObject({
    status: 0,
    err: expect.stringContaining('2 tokens'),
  })
})

test.each([
  [['gateway']],
  [['gateway', 'ad', 'x']],
  [['gateway', 'add']],
  [['gateway', 'add', 'a b']],
  [['gateway', 'add', 'a', 'b']],
  [['gateway', 'list', '--token', 'x']],
  [['run', 'a', 'b']],
  [['check', 'a', 'b']],
])('wrong usage is status 2 and one sentence that names the command, above how it is used: %j', async args => {
  const { status, out, err } = await run(...args, ...(args[0] === 'gateway' ? ['--config', config()] : []))
  expect([status, out]).toEqual([2, ''])
  const command = `lineside-receiver ${args[0]}`
  expect(err).toMatch(new RegExp(`^${command}: .+\nusage: ${command} [^]*\n${command} --help tells more\n$`))
})

test('check tells what a file means, or every problem with its place', async () => {
  const good = await run('check', config('listen: "127.0.0.1:9000"\narchive: off\n'))
  expect(good).toMatchObject({ status: 0, out: expect.stringContaining('http://127.0.0.1:9000') })
  expect(good.out).toContain('projections none: the log alone keeps what comes, the newest 20GB')
  expect((await run('check', config())).out).toContain('archive, an object every 1000000 rows or 5m')
  const bad = await run('check', config('listn: x\nlimits: { memory: 5 }\n'))
  expect(bad.status).toBe(1)
  expect(bad.out).toMatch(/receiver\.yaml:1:1 .*listen.*\n.*receiver\.yaml:2:19 .*\n\n2 problems: /)
  expect(await run('run', config('listn: x\n'))).toMatchObject({
    status: 1,
    err: expect.stringContaining('not started'),
  })
  expect(await run('check', join(folder, 'none.yaml'))).toMatchObject({
    status: 1,
    err: `lineside-receiver check: there is no file ${join(folder, 'none.yaml')}\n`,
  })
  const keyless = await run('check', config('tls: { cert: a.pem, key: { file: a.key } }\n'))
  expect(keyless).toMatchObject({ status: 1, err: expect.stringContaining("tls.cert: can't read") })
})

test('the version is printed', async () => {
  expect(await run('--version')).toMatchObject({ status: 0, out: expect.stringMatching(/^lineside-receiver \d/) })
})

test('check warns of a log that may take more than its disk has', async () => {
  const large = await run('check', config('limits: { log: 100000TB }'))
  expect(large.status).toBe(0)
  expect(large.out).toMatch(
    /warning: the disk of .*receiver-data has room for .* of log, limits\.log is 100000TB: free/,
  )
  expect((await run('check', config('limits: { log: 64MB }'))).out).not.toContain('warning')
})
