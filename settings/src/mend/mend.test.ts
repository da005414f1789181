import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDocument } from '../parse.ts'
import { formatProblem } from '../problem.ts'
import { mend } from './mend.ts'

const example = `gateway: gw1
storage: { path: ./buffer, max_size: 2GB }

links:
  hall: { modbus_tcp: "192.0.2.10:502" }
  sensors:
    broker: "127.0.0.1:1883"
    users:
      plug: { password: { file: secret }, publish: ["plugs/#"] }

devices:
  meter_1: { profile: acme/meter, link: hall, unit_id: 1 }
  press_3:
    profile: acme/meter
    link: hall
    unit_id: 7
    tags: { line: A }
    alarms:
      hot:
        point: temperature
        high: 80
        message: Too hot
    detect:
      shake: { point: velocity }
  meter_2: { profile: acme/meter, link: hall, unit_id: 2 }
  meter_3: { profile: acme/meter, link: hall, unit_id: 3 }

notify:
  panel: { mqtt: sensors, topic: "a/{gateway}/b", min_priority: low }
`

const told = (text: string) => parseDocument('f.yaml', text).problems.map(problem => formatProblem(problem).slice(7))

type Change = readonly [written: string, instead: string, ...told: string[]]

const changes: readonly Change[] = [
  ['    unit_id: 7', '\tunit_id: 7', '16:1 devices.press_3: a tab is used to indent; indent with spaces'],
  [
    '    link: hall\n    unit_id: 7',
    '\tlink: hall\n\tunit_id: 7',
    '15:1 devices.press_3: a tab is used to indent, here and in 1 more line; indent with spaces',
  ],
  [
    '    unit_id: 7',
    '\u00a0\u00a0\u00a0\u00a0unit_id: 7',
    '16:1 devices.press_3: a space of another kind stands here, as text processors and web pages have it; write ordinary spaces',
  ],
  [
    '    unit_id: 7',
    '      unit_id: 7',
    '16:7 devices.press_3: unit_id stands further right than link above it; begin it in column 5',
  ],
  [
    '    unit_id: 7',
    '   unit_id: 7',
    '16:4 devices.press_3: unit_id begins in a column in which nothing else does; begin it in column 5',
  ],
  [
    '    unit_id: 7',
    '  unit_id: 7',
    '16:3 devices.press_3: unit_id stands further left than what is around it; begin it in column 5',
  ],
  [
    '    profile: acme/meter\n',
    '   profile: acme/meter\n',
    '14:4 devices.press_3: profile stands further left than what is around it; begin it in column 5',
  ],
  [
    '        point: temperature',
    '          point: temperature',
    '20:11 devices.press_3: point stands further right than high below it; begin it in column 9',
  ],
  [
    '  meter_2:',
    '   meter_2:',
    '25:4 devices.meter_2: meter_2 begins in a column in which nothing else does; begin it in column 3, or in column 5',
  ],
  [
    '  meter_2:',
    'meter_2:',
    '25:1 devices.meter_2: meter_2 stands further left than what is around it; begin it in column 3',
  ],
  ['gateway:', '  gateway:', '1:3 gateway: gateway stands further right than storage below it; begin it in column 1'],
  [
    '\ndevices:',
    '\n devices:',
    '11:2 devices: devices begins in a column in which nothing else does; begin it in column 1',
  ],
  ['    unit_id: 7', '    unit_id 7', '16:5 devices.press_3: there is no colon behind unit_id; write unit_id: 7'],
  ['    unit_id: 7', '    unit_id = 7', '16:5 devices.press_3: there is no colon behind unit_id; write unit_id: 7'],
  [
    '    unit_id: 7',
    '    unit_id:7',
    '16:5 devices.press_3: there is no space behind the colon of unit_id; write unit_id: 7',
  ],
  ['    unit_id: 7', '    // the unit', '16:5 devices.press_3: a comment begins with # and not with //; write #'],
  ['devices:', 'devices', '11:1 devices: there is no colon behind devices; write devices:'],
  ['  press_3:', '  press_3', '13:3 devices.press_3: there is no colon behind press_3; write press_3:'],
  [
    '  meter_2: {',
    '  meter_2:{',
    '25:10 devices.meter_2: there is no space behind the colon of meter_2; write meter_2: {',
  ],
  ['message: Too hot', 'message: "Too hot', '22:18 devices.press_3: the quote is not closed; write "Too hot"'],
  [
    'message: Too hot',
    `message: "Too hot'`,
    `22:18 devices.press_3: the text begins with " and ends with '; write "Too hot"`,
  ],
  [
    'message: Too hot',
    'message: "Too" hot',
    '22:22 devices.press_3: the text in quotes ends here, and more follows; write "Too hot"',
  ],
  [
    'message: Too hot',
    'message: Beware: hot',
    '22:18 devices.press_3: a text with a colon and a space must stand in quotes; write "Beware: hot"',
  ],
  [
    'message: Too hot',
    'message: [press] hot',
    '22:18 devices.press_3: a text that begins with [ must stand in quotes; write "[press] hot"',
  ],
  [
    'message: Too hot',
    'message: @home',
    '22:18 devices.press_3: a text that begins with @ must stand in quotes; write "@home"',
  ],
  ['/b", min', '/b, min', '29:34 notify.panel: the quote is not closed; write "a/{gateway}/b"'],
  ['unit_id: 2 }', 'unit_id: 2', '25:12 devices.meter_2: the { is not closed; write } at the end of the line'],
  ['unit_id: 2 }', 'unit_id: 2 ]', '25:58 devices.meter_2: the { is closed by a ]; write }'],
  ['unit_id: 2 }', 'unit_id: 2 }}', '25:59 devices.meter_2: there is a } too many; remove it'],
  ['"plugs/#"]', '"plugs/#"', '9:52 links.sensors: the [ is not closed; write ] before the } in column 63'],
  ['["plugs/#"', '"plugs/#"', '9:52 links.sensors: the [ for the ] in column 61 is missing; write it here'],
  [
    'meter_2: { profile',
    'meter_2: profile',
    '25:12 devices.meter_2: the { before the first key is missing; write { profile: acme/meter, link: hall, unit_id: 2 }',
  ],
  ['hall, unit_id: 2', 'hall unit_id: 2', '25:46 devices.meter_2: a comma is missing before unit_id; write one there'],
  ['hall, unit_id: 2', 'hall,, unit_id: 2', '25:46 devices.meter_2: there is a comma too many; remove it'],
  [
    '  meter_2: {',
    '  - meter_2: {',
    '25:3 devices.meter_2: a dash makes this an entry of a list, and keys stand beside it; remove the dash',
  ],
  [
    'link: hall, unit_id: 2',
    'link: hall, cron: */5 * * * *',
    '25:53 devices.meter_2: a text that begins with * must stand in quotes; write "*/5 * * * *"',
  ],
  [
    'notify:',
    '---\nnotify:',
    '28:1 with --- another document begins; remove the line, or make what follows a file of its own',
  ],
  [
    'notify:',
    '<<<<<<< HEAD\nnotify:\n=======\nnotice:\n>>>>>>> other',
    '28:1 down to line 32 stand two versions that git could not merge; keep one, and remove the lines with <<<<<<<, ======= and >>>>>>>',
  ],
  [
    'link: hall, unit_id: 2',
    'link: hall, topic: "C:\\plug"',
    String.raw`25:57 devices.meter_2: no valid YAML: a backslash in "quotes" begins an escape; write \\ for a backslash, or use 'single quotes'`,
  ],
]

test.each(changes)('one mistake is told once, where it was made: %j written as %j', (written, instead, ...lines) => {
  expect(example.split(written).length).toBeGreaterThan(1)
  expect(told(example.replace(written, () => instead))).toEqual(lines)
})

test('several mistakes are told at once, also behind a quote that was not closed', () => {
  const text = example
    .replace('"192.0.2.10:502"', '"192.0.2.10:502')
    .replace('unit_id: 7', 'unit_id 7')
    .replace('unit_id: 3 }', 'unit_id: 3')
  expect(told(text)).toEqual([
    '5:23 links.hall: the quote is not closed; write "192.0.2.10:502"',
    '16:5 devices.press_3: there is no colon behind unit_id; write unit_id: 7',
    '26:12 devices.meter_3: the { is not closed; write } at the end of the line',
  ])
})

test('what may be a secret is not shown', () => {
  for (const written of ['password: "hunter2', 'password hunter2', 'password: @hunter2', 'password: "hunter2" x']) {
    const [line] = told(`a: 1\nb:\n  ${written}\n  user: edge\n`)
    expect(line).toMatch(/; write it as in name: "text"$/)
    expect(line).not.toContain('hunter2')
  }
})

/** Every line with its indentation changed, and with `isWhole` every bracket, quote, comma, colon and space behind a colon taken away. */
function slipsOfTyping(
  lines: readonly string[],
  isWhole: boolean,
): readonly { readonly line: number; readonly text: string }[] {
  return lines.flatMap((text, line) => {
    if (text.trim() === '') return []
    const indented = [1, 2, 4].flatMap(by => [
      ' '.repeat(by) + text,
      ...(text.startsWith(' '.repeat(by)) ? [text.slice(by)] : []),
    ])
    const taken = [...text.matchAll(/[{}[\]",']|:(?=\s|$)|(?<=:) /g)].map(
      ({ index }) => text.slice(0, index) + text.slice(index + 1),
    )
    return [...indented, ...(isWhole ? taken : [])].map(changed => ({
      line,
      text: lines.with(line, changed).join('\n'),
    }))
  })
}

const inLines = (_: string, indent: string, name: string, keys: string) =>
  [`${indent}${name}:`, ...keys.split(', ').map(key => `${indent}  ${key}`)].join('\n')

/** With the lines in which only the meaning of names could tell which of two lines is the wrong one. */
const forms: readonly (readonly [form: string, text: string, unclear: readonly number[]])[] = [
  ['in braces', example, []],
  ['in lines', example.replaceAll(/^( *)(\w+): \{ (\w+: [^{}]*) \}$/gm, inLines), [10, 33, 34, 36]],
  ['indented by four', example.replaceAll(/^ +/gm, spaces => spaces + spaces), []],
]

test.each(forms)('a slip of typing is one mistake in its own line, in a file written %s', (_, text, unclear) => {
  const wrong = slipsOfTyping(text.split('\n'), text === example).flatMap(({ line, text: typed }) => {
    const { document, problems } = parseDocument('f.yaml', typed)
    const isRight =
      document !== undefined && problems.every(problem => problem.line === line + 1) && problems.length < 2
    return isRight || unclear.includes(line + 1) ? [] : [`${line + 1}: ${problems.map(formatProblem).join(' | ')}`]
  })
  expect(wrong).toEqual([])
})

test('a large text that no change helps against costs no more than some parses', () => {
  let parsed = 0
  const text = 'a: 1\n'.repeat(40_000)
  const { text: left, mistakes } = mend(text, guess => {
    parsed += guess.length
    return [{ line: guess.length % 7, column: 0, message: 'broken' }]
  })
  expect(left).toBeUndefined()
  expect(mistakes.length).toBeGreaterThan(0)
  expect(parsed).toBeLessThan(8_000_000 + 30 * text.length)
})

test('what is left is always sound, whatever was written', () => {
  const pieces = [
    'a: ',
    'b',
    '\n',
    '  ',
    '- ',
    '{ ',
    ' }',
    '[',
    ']',
    '"',
    "'",
    ', ',
    '#',
    '\t',
    'c:\n',
    '|\n',
    ': ',
    '*',
    '---\n',
  ]
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(texts, text => {
      const { document, problems } = parseDocument('f.yaml', text)
      expect(document !== undefined || problems.length > 0).toBe(true)
      const places = problems.map(({ line, column }) => Math.min(line, column))
      expect(places.every(place => place > 0)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
