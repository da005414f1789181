import { expect, test } from 'vitest'
import { isGatewayName, isName, isUuid } from './names.ts'

test.each(['plant1-gw3', 'a', '3d_printer', 'GW.7', 'x'.repeat(128)])('%s is a name', text => {
  expect(isGatewayName(text)).toBe(true)
  expect(isName(text)).toBe(true)
})

test.each(['', '__proto__', '.', '..', '-rf', 'a/b', 'a b', 'ä', 'a\n', 'x'.repeat(129), 7, null])(
  '%j is no name',
  text => {
    expect(isGatewayName(text)).toBe(false)
    expect(isName(text)).toBe(false)
  },
)

test('a UUID is lower-case and complete', () => {
  expect(isUuid('0193f6a2-7c1e-7b3a-9d57-3f1c2b4a5d6e')).toBe(true)
  expect(isUuid('0193F6A2-7c1e-7b3a-9d57-3f1c2b4a5d6e')).toBe(false)
  expect(isUuid('0193f6a27c1e7b3a9d573f1c2b4a5d6e')).toBe(false)
})
