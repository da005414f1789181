import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadDocument, resolvePath } from './include.ts'
import { formatProblem } from './problem.ts'
import { applyTemplates } from './template.ts'

const mergeable = ['links', 'templates', 'devices']

function load(texts: Readonly<Record<string, string>>) {
  const files = {
    read: (path: string) => texts[path],
    list: (pattern: string) => Object.keys(texts).filter(path => path.startsWith(pattern.replace(/\*.*$/, ''))),
  }
  const { document, problems } = loadDocument('/etc/l/lineside.yaml', files, mergeable)
  if (document === undefined) return { problems: problems.map(formatProblem) }
  const applied = applyTemplates(document)
  return {
    document: applied.document,
    broken: applied.broken,
    problems: [...problems, ...applied.problems].map(formatProblem),
  }
}

test('merges included maps by name, and each value locates its own file', () => {
  const { document, problems } = load({
    '/etc/l/lineside.yaml': 'include: [ conf.d/*.yaml ]\nlinks: { a: 1 }',
    '/etc/l/conf.d/1.yaml': 'links:\n  b: 2\ndevices:\n  press: { every: 1s }',
    '/etc/l/conf.d/2.yaml': '# nothing yet',
  })
  expect(problems).toEqual([])
  expect(document?.value).toEqual({
    include: ['conf.d/*.yaml'],
    links: { a: 1, b: 2 },
    devices: { press: { every: '1s' } },
  })
  expect(document?.locate(['links', 'b'])).toEqual({ file: '/etc/l/conf.d/1.yaml', line: 2, column: 6 })
  expect(document?.locate(['devices', 'press', 'every'])).toEqual({ file: '/etc/l/conf.d/1.yaml', line: 4, column: 19 })
  expect(document?.locate(['links', 'a'])).toMatchObject({ file: '/etc/l/lineside.yaml' })
})

test('tells what is wrong with included files', () => {
  const { problems } = load({
    '/etc/l/lineside.yaml': 'include: [ "conf.d/*.yaml", missing.yaml, "none.d/*.yaml" ]\nlinks:\n  a: 1',
    '/etc/l/conf.d/1.yaml': 'links:\n  a: 2\ngateway: x\ninclude: [ x ]',
    '/etc/l/conf.d/2.yaml': '- a',
    '/etc/l/conf.d/3.yaml': 'links: [ a ]',
  })
  expect(problems).toEqual([
    '/etc/l/lineside.yaml:1:29 include.1: /etc/l/missing.yaml does not exist or can not be read; correct the path or remove it',
    '/etc/l/conf.d/1.yaml:2:3 links.a: a is already defined at /etc/l/lineside.yaml:3:3; rename or remove one of the two',
    '/etc/l/conf.d/1.yaml:3:1 gateway: an included file holds only links, templates, devices; move it to /etc/l/lineside.yaml',
    '/etc/l/conf.d/1.yaml:4:1 include: an included file holds only links, templates, devices; name all files in /etc/l/lineside.yaml',
    '/etc/l/conf.d/2.yaml:1:1 the file is not a map; begin it with links, templates, devices',
    '/etc/l/conf.d/3.yaml:1:8 links: links is not a map of names; write name: { … } below it',
  ])
})

test('says so when the main file is not there', () => {
  expect(load({}).problems).toEqual(['/etc/l/lineside.yaml:1:1 the file does not exist or can not be read'])
})

test('lays a device over its template, and each key locates where it was written', () => {
  const { document, problems } = load({
    '/etc/l/lineside.yaml':
      'include: [ t.yaml ]\ndevices:\n  press:\n    use: slow\n    tags: { line: A }\n    list: [ 9 ]',
    '/etc/l/t.yaml': 'templates:\n  slow: { every: 1m, tags: { area: hall, line: B }, list: [ 1, 2 ] }',
  })
  expect(problems).toEqual([])
  expect(document?.value).toMatchObject({
    devices: { press: { every: '1m', tags: { area: 'hall', line: 'A' }, list: [9] } },
  })
  expect(document?.locate(['devices', 'press', 'use'])).toEqual({ file: '/etc/l/lineside.yaml', line: 3, column: 3 })
  expect(document?.locate(['devices', 'press', 'every'])).toEqual({ file: '/etc/l/t.yaml', line: 2, column: 18 })
  expect(document?.locate(['devices', 'press', 'tags', 'line'])).toMatchObject({
    file: '/etc/l/lineside.yaml',
    line: 5,
  })
  expect(document?.locate(['devices', 'press', 'tags', 'area'])).toMatchObject({ file: '/etc/l/t.yaml' })
})

test('merges as plain maps would, and every value is found where it was written', () => {
  const value: fc.Arbitrary<unknown> = fc.letrec(tie => ({
    node: fc.oneof({ maxDepth: 3 }, fc.integer({ min: 0, max: 99 }), fc.array(fc.nat(9), { maxLength: 2 }), tie('map')),
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('node'), { maxKeys: 3 }),
  })).map
  fc.assert(
    fc.property(value, value, (template, device) => {
      const { document, problems } = load({
        '/etc/l/lineside.yaml': `include: [ t.yaml ]\ndevices: { x: ${JSON.stringify({ use: 't', ...Object(device) })} }`,
        '/etc/l/t.yaml': `templates: { t: ${JSON.stringify(template)} }`,
      })
      expect(problems).toEqual([])
      expect(document?.value).toHaveProperty('devices', { x: overlaid(template, device) })
      const fromTemplate = Object.keys(Object(template)).filter(key => !Object.hasOwn(Object(device), key))
      for (const key of fromTemplate) expect(document?.locate(['devices', 'x', key]).file).toBe('/etc/l/t.yaml')
    }),
    { numRuns: 100 },
  )
})

function overlaid(below: unknown, above: unknown): unknown {
  if (!isPlainMap(below) || !isPlainMap(above)) return above
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])]
  return Object.fromEntries(
    keys.map(key => [key, Object.hasOwn(above, key) ? overlaid(below[key], above[key]) : below[key]]),
  )
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

test('tells which template was probably meant, and that templates do not build on one another', () => {
  const { problems, broken } = load({
    '/etc/l/lineside.yaml':
      'templates:\n  press: { a: 1 }\n  other: { use: press }\ndevices:\n  p1: { use: pres }\n  p2: { use: [ press ] }\n  p3: { use: press }',
  })
  expect(problems).toEqual([
    '/etc/l/lineside.yaml:3:12 templates.other.use: a template can not use another one; write out what both share',
    '/etc/l/lineside.yaml:5:14 devices.p1.use: there is no template pres; did you mean press?',
    '/etc/l/lineside.yaml:6:14 devices.p2.use: use takes the name of one template',
  ])
  expect(broken).toEqual(['p1', 'p2'])
})

test('reads paths from the folder of the file they are written in', () => {
  expect(resolvePath('/etc/l/lineside.yaml', 'conf.d/*.yaml')).toBe('/etc/l/conf.d/*.yaml')
  expect(resolvePath('lineside.yaml', './profiles')).toBe('profiles')
  expect(resolvePath('/etc/l/lineside.yaml', '/var/x')).toBe('/var/x')
  expect(resolvePath('C:\\l\\lineside.yaml', 'a.yaml')).toBe('C:\\l\\a.yaml')
})
