import { expect, test } from 'vitest'
import { neededFiles, profileNameOf } from './needed.ts'

const files = [
  { file: 'a.yaml', text: '# first\nprofile: x/a\nvendor: X\n' },
  { file: 'b.yaml', text: 'profile: "x/b"\nextends: x/a\n' },
  { file: 'c.yaml', text: 'profile: x/c\n' },
  { file: 'broken.yaml', text: 'nonsense' },
]

test('a profile brings along what it extends, and nothing else', () => {
  expect(neededFiles(files, ['x/b']).map(({ file }) => file)).toEqual(['a.yaml', 'b.yaml'])
  expect(neededFiles(files, ['x/c', 'x/unknown']).map(({ file }) => file)).toEqual(['c.yaml'])
  expect(neededFiles(files, [])).toEqual([])
})

test('profiles that extend each other are asked for once', () => {
  const circle = [
    { file: 'a.yaml', text: 'profile: a/a\nextends: b/b\n' },
    { file: 'b.yaml', text: 'profile: b/b\nextends: a/a\n' },
  ]
  expect(neededFiles(circle, ['a/a'])).toHaveLength(2)
})

test('a file that names no profile has no name', () => {
  expect(profileNameOf('vendor: X\n  profile: nested/one')).toBeUndefined()
  expect(profileNameOf("profile: 'x/y' # comment")).toBe('x/y')
})
