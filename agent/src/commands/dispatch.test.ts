import { expect, test } from 'vitest'
import { formatAge, formatColumns, wrapText } from './terminal/columns.ts'
import { dispatch } from './dispatch.ts'
import { commands } from './table.ts'

async function typed(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), env: {}, cwd: '/' }
  return { status: await dispatch(argv, commands, io), out, err }
}

test('nothing and --help give the overview, which names every command', async () => {
  const { status, out } = await typed('--help')
  expect(status).toBe(0)
  for (const name of Object.keys(commands)) expect(out).toContain(`\n  ${name} `)
  expect((await typed()).status).toBe(2)
})

test.each(Object.entries(commands))('%s --help tells usage and exit status', async (name, load) => {
  expect((await load()).name).toBe(name)
  const { status, out } = await typed(name, '--help')
  expect(status).toBe(0)
  expect(out).toContain(`usage: lineside ${name}`)
  expect((await typed('help', name)).out).toBe(out)
  expect(out.split('\n').filter(line => line.length > 120)).toEqual([])
})

test('a mistyped command is answered with the one that was meant', async () => {
  expect(await typed('chekc')).toMatchObject({ status: 2, err: expect.stringContaining('did you mean check?') })
  expect(await typed('help', 'alrms')).toMatchObject({
    status: 2,
    err: expect.stringContaining('did you mean alarms?'),
  })
})

test('a program that asked for JSON finds a refusal there, once', async () => {
  const { status, out, err } = await typed('profile', 'show', 'eastron/sdm63', '--json')
  expect(status).toBe(1)
  expect(err).toBe(`lineside profile: ${JSON.parse(out).error}\n`)
  expect((await typed('profile', 'show', 'eastron/sdm63')).out).toBe('')
})

test('a mistyped option is answered with the one that was meant, and how the command is used', async () => {
  const { status, err } = await typed('alarms', '--jsn')
  expect(status).toBe(2)
  expect(err).toMatch(/^lineside alarms: there is no option --jsn; did you mean --json\?\nusage: lineside alarms/)
  expect((await typed('alarms', '--by')).err).toContain("option '--by <value>' argument missing")
})

test('a configuration that is not there is said in one line', async () => {
  expect(await typed('check', 'nowhere.yaml')).toMatchObject({
    status: 1,
    err: expect.stringContaining('/nowhere.yaml'),
  })
})

test('version says which Node it runs on', async () => {
  expect((await typed('--version')).out).toMatch(/^lineside \d+\.\d+\.\d+ \(node v\d+/)
})

test('columns are as wide as their longest cell', () => {
  expect(
    formatColumns([
      ['A', 'B'],
      ['long', 'x'],
    ]),
  ).toBe('A     B\nlong  x\n')
})

test('ages are told in the two units that matter', () => {
  const ages = [5_000, 600_000, 11_100_000, 10_800_000, 187_200_000, 2_592_000_000].map(formatAge)
  expect(ages).toEqual(['5 s', '10 min', '3 h 5 min', '3 h', '2 d 4 h', '30 d'])
})

test('a text is cut under 80 columns, and keeps its beginning', () => {
  const lines = wrapText(Array.from({ length: 40 }, (_, n) => `word${n}`).join(' '), { first: '  ', rest: '    ' })
  expect(lines[0]).toMatch(/^ {2}word0 /)
  expect(lines.slice(1).every(line => /^ {4}word/.test(line))).toBe(true)
  expect(lines.filter(line => line.length > 79)).toEqual([])
  expect(wrapText('short', { first: '- ', rest: '  ' })).toEqual(['- short'])
})
