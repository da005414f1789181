import { expect, test } from 'vitest'
import { addPoint } from './add-point.ts'
import { loadProfiles } from './loader.ts'

const head = `# our own meter
profile: own/meter
vendor: Own
model: Meter
protocol: modbus
`
const entry = '{ input: 0x0034, type: float32, unit: W }'
const add = (text: string, name = 'power', written = entry) => addPoint({ file: 'meter.yaml', text }, name, written, [])

test('the point stands behind the others, and everything else stays as it is', () => {
  const text = `${head}points:
  # the first one
  voltage: { input: 0, type: float32, unit: V } # from the display
  state:
    input: 9
    type: enum
    names:
      # stopped
      0: stop

  # nothing more

tests:
  - { input: { 0x0000: "4366 3333" }, expect: { voltage: 230.2 } }
`
  const added = add(text)
  expect(added.text).toBe(text.replace('0: stop\n', `0: stop\n  power: ${entry}\n`))
  const { profiles, problems } = loadProfiles([{ file: 'meter.yaml', text: added.text }])
  expect(problems).toEqual([])
  expect([...(profiles.get('own/meter')?.points.keys() ?? [])]).toEqual(['voltage', 'state', 'power'])
})

test('at the end of the file too, with the line ends and the depth that the file has', () => {
  const added = add(`${head}points:\n    voltage: { input: 0, type: float32 }`)
  expect(added).toEqual({
    ok: true,
    text: `${head}points:\n    voltage: { input: 0, type: float32 }\n    power: ${entry}`,
  })
  const windows = add(`${head}points:\n  voltage: { input: 0, type: float32 }\n`.replaceAll('\n', '\r\n'))
  expect(windows.text.split('\r\n').at(-2)).toBe(`  power: ${entry}`)
})

test('what can not be added is refused with what to do', () => {
  const points = `${head}points:\n  power: { input: 0, type: float32 }\n`
  expect(add(points).text).toBe('meter.yaml:7:3 power is there already; choose another name')
  expect(add(`${head}points: { voltage: { input: 0, type: float32 } }\n`).text).toContain(
    'written in braces; add to them: power:',
  )
  expect(add(head).text).toContain('has no points yet; write points: and below it power:')
  expect(add(points, 'x', '{ input: 0x1, type: flot }').text).toMatch(/with this point: meter\.yaml:8:.*flot/)
  expect(add(`${head}points: [`)).toMatchObject({ ok: false })
})
