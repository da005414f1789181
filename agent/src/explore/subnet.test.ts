import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostsOf } from './subnet.ts'

const hosts = (written: string) => {
  const result = hostsOf(written)
  return result.ok ? result.hosts : result.text
}

const number = (dots: string) => dots.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)

test('a subnet is its hosts, without network and broadcast address', () => {
  expect(hosts('192.0.2.8/29')).toEqual(['9', '10', '11', '12', '13', '14'].map(last => `192.0.2.${last}`))
  expect(hosts('192.0.2.12/29')).toEqual(hosts('192.0.2.8/29'))
  expect(hosts('192.0.2.8/31')).toEqual(['192.0.2.8', '192.0.2.9'])
  expect(hosts('192.0.2.8/32')).toEqual(['192.0.2.8'])
  expect(hosts('255.255.255.252/30')).toEqual(['255.255.255.253', '255.255.255.254'])
  expect(hosts('192.0.0.0/22')).toHaveLength(1022)
})

test('what is no subnet is one host', () => {
  expect(hosts('plc.example')).toEqual(['plc.example'])
  expect(hosts('::1')).toEqual(['::1'])
})

test('more than a /22 is refused, and what is no subnet at all', () => {
  expect(hosts('10.0.0.0/8')).toBe('10.0.0.0/8 has 16,777,216 addresses; scan a /22 or a smaller part at a time')
  expect(hosts('10.0.0.0/21')).toContain('2,048 addresses')
  for (const wrong of ['10.0.0.0/33', '10.0.0/24', '10.0.0.256/24', 'plc/24', '/24', '10.0.0.0/']) {
    expect(hosts(wrong)).toContain('is no subnet; write for instance 192.0.2.0/28')
  }
})

test('hosts are in order, each once, all of the network that was named', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 22, max: 32 }), (address, prefix) => {
      const all = hosts(`${address}/${prefix}`)
      const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0
      const numbers = (Array.isArray(all) ? all : []).map(number)
      expect(new Set(numbers.map(n => (n & mask) >>> 0))).toEqual(new Set([(number(address) & mask) >>> 0]))
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
      expect(new Set(numbers).size).toBe(prefix > 30 ? 2 ** (32 - prefix) : 2 ** (32 - prefix) - 2)
    }),
  )
})
