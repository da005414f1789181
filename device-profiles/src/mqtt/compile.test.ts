import type { Value } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantise } from '../values/point-writer.ts'
import { compileMqtt, subscriptions } from './compile.ts'
import { encodeAvailability, encodeMqttMessages } from './encode.ts'
import { mqttProfile } from './testing.ts'

const profile = mqttProfile(`
topic: { description: base, example: plant/dev }
params: { channel: { description: number, default: 0 } }
messages:
  status:
    topic: "{topic}/rpc"
    match: { method: [Notify, Full] }
    time: { path: params.ts, as: s }
  state: { topic: "{topic}/state", payload: text }
  any: { topic: "{topic}/+/sensor" }
  will_json: { topic: "{topic}/lwt", available: { path: state, online: [online, 1], offline: offline }, retain: true }
  will: { topic: "{topic}/lwt", payload: text, available: { online: Online, offline: Offline }, retain: true }
points:
  power: { from: { message: status, path: "params['ch:{channel}'].power" }, type: number, unit: W, decimals: 1 }
  energy: { from: { message: status, path: "params.total[0]" }, type: integer, unit: W.h }
  relay: { from: { message: status, path: params.relay }, type: bool, names: { "ON": true, "OFF": false } }
  open: { from: { message: status, path: params.open }, type: bool }
  mode: { from: { message: status, path: params.mode }, type: enum, names: { "0": idle, "1": run } }
  level: { from: { message: state }, type: number, unit: "%", scale: 0.5 }
  warmth:
    from: { message: any, path: T, unit: TempUnit }
    type: number
    unit: Cel
    units: { C: 1, F: { scale: 0.555555555555556, offset: -17.7777777777778 } }
  serial: { from: { message: any, path: sn }, type: string }
`)
const device = { topic: 'plant/dev', params: { channel: 2 } }
const { filters, map } = compileMqtt(profile, device)

function say(topic: string, payload: unknown, retained = false) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return map(`plant/dev/${topic}`, new TextEncoder().encode(text), { retained })
}

test('each filter is subscribed once', () => {
  const expected = ['plant/dev/rpc', 'plant/dev/state', 'plant/dev/+/sensor', 'plant/dev/lwt']
  expect(filters).toStrictEqual(expected)
  expect(subscriptions(profile, device)).toStrictEqual(expected)
})

test('a partial update brings just what came, at the time of the device', () => {
  expect(say('rpc', { method: 'Notify', params: { ts: 1_708_179_956.3, 'ch:2': { power: 12.5 } } })).toStrictEqual({
    ok: true,
    values: { power: 12.5 },
    t: 1_708_179_956_300,
  })
})

test('a device that has no time yet, or nothing to say, is still there', () => {
  expect(say('rpc', { method: 'Full', params: { ts: 1.6 } })).toStrictEqual({ ok: true, values: {} })
})

test.each([
  [{ open: true, relay: 'OFF', mode: 1 }, { open: true, relay: false, mode: 'run' }, undefined],
  [{ total: ['42'] }, { energy: 42 }, undefined],
  [{ total: [1.5] }, {}, { energy: 'bad:malformed' }],
  [{ total: [null] }, {}, { energy: 'bad:not_available' }],
  [{ total: [] }, {}, undefined],
  [{ total: 'none' }, {}, undefined],
  [{ 'ch:2': { power: 'NaN' } }, {}, { power: 'bad:not_available' }],
  [{ 'ch:2': { power: ' ' } }, {}, { power: 'bad:not_available' }],
  [{ 'ch:2': { power: '12 W' } }, {}, { power: 'bad:malformed' }],
  [{ 'ch:2': { power: true } }, {}, { power: 'bad:malformed' }],
  [{ 'ch:2': { power: {} } }, {}, { power: 'bad:malformed' }],
  [{ 'ch:2': { power: ['1'] } }, {}, { power: 'bad:malformed' }],
  [
    { open: 'maybe', relay: 'on', mode: 7 },
    {},
    { open: 'bad:malformed', relay: 'bad:malformed', mode: 'bad:malformed' },
  ],
])('params %o bring %o with %o', (params, values, quality) => {
  expect(say('rpc', { method: 'Full', params })).toStrictEqual(
    quality === undefined ? { ok: true, values } : { ok: true, values, quality },
  )
})

test('integers beyond 2^53 keep all digits', () => {
  expect(say('rpc', '{"method":"Full","params":{"total":[18446744073709551615]}}')).toStrictEqual({
    ok: true,
    values: { energy: 18_446_744_073_709_551_615n },
  })
})

test('the unit that the message names decides', () => {
  expect(say('k1/sensor', { T: 212, TempUnit: 'F' })).toMatchObject({ values: { warmth: 100 } })
  expect(say('k1/sensor', { T: 20 })).toMatchObject({
    values: { warmth: 20 },
    quality: { warmth: 'uncertain:unit_mismatch' },
  })
  expect(say('k1/sensor', { T: 20, TempUnit: 'K' })).toMatchObject({ values: {}, quality: { warmth: 'bad:malformed' } })
  expect(say('k1/sensor', { sn: 4711 })).toStrictEqual({ ok: true, values: { serial: '4711' } })
})

test('what the broker kept is uncertain, but not what is bad already', () => {
  const message = { method: 'Full', params: { open: true, relay: null } }
  expect(say('rpc', message, true)).toMatchObject({
    quality: { open: 'uncertain:retained', relay: 'bad:not_available' },
  })
})

test('a plain text payload is one point', () => {
  expect(say('state', ' 21 ')).toStrictEqual({ ok: true, values: { level: 10.5 } })
  expect(say('state', 'high')).toStrictEqual({ ok: true, values: {}, quality: { level: 'bad:malformed' } })
})

test('availability comes as JSON or text', () => {
  expect(say('lwt', { state: 'online' })).toStrictEqual({ ok: true, values: {}, available: true })
  expect(say('lwt', { state: 1 }, true)).toStrictEqual({ ok: true, values: {}, available: true })
  expect(say('lwt', 'Offline', true)).toStrictEqual({ ok: true, values: {}, available: false })
  expect(say('lwt', 'Perhaps')).toMatchObject({ ok: false, reason: 'malformed' })
})

test('other devices, other kinds and cleared messages are of no interest; damaged ones are refused', () => {
  expect(map('plant/dev2/rpc', new TextEncoder().encode('{}'), { retained: false })).toBe(undefined)
  expect(say('rpc', { method: 'Event' })).toBe(undefined)
  expect(say('rpc', {})).toBe(undefined)
  expect(say('lwt', '', true)).toBe(undefined)
  expect(say('rpc', '{"method":"Full","par')).toMatchObject({ ok: false, reason: 'malformed' })
  expect(map('plant/dev/state', Uint8Array.of(0xff), { retained: false })).toMatchObject({ ok: false })
})

test('a sound message of another kind is no error for those who share its topic', () => {
  const shared = mqttProfile(`
topic: { description: base, example: dev }
messages:
  status: { topic: "{topic}", match: { kind: status } }
  will: { topic: "{topic}", payload: text, available: { online: up, offline: down } }
points: { power: { from: { message: status, path: power }, type: number, unit: W } }
`)
  const compiled = compileMqtt(shared, { topic: 'dev', params: {} })
  const hear = (text: string) => compiled.map('dev', new TextEncoder().encode(text), { retained: false })
  expect(hear('{"kind":"event"}')).toBe(undefined)
  expect(hear('down')).toStrictEqual({ ok: true, values: {}, available: false })
  expect(hear('sideways')).toMatchObject({ ok: false, reason: 'malformed' })
})

test('whatever arrives, nothing throws and no prototype is touched', () => {
  const json = fc.jsonValue({ maxDepth: 4 })
  fc.assert(
    fc.property(
      fc.oneof(json, fc.constant({ __proto__: null, constructor: 1 })),
      fc.uint8Array({ maxLength: 30 }),
      (params, bytes) => {
        const outcome = say('rpc', { method: 'Full', params })
        expect(outcome?.ok).toBe(true)
        expect(['ok', 'refused', 'none']).toContain(rank(map('plant/dev/rpc', bytes, { retained: false })))
      },
    ),
    { numRuns: 200 },
  )
  expect(say('rpc', '{"method":"Full","params":{"__proto__":{"open":true}}}')).toStrictEqual({ ok: true, values: {} })
})

function rank(outcome: ReturnType<typeof map>): string {
  if (outcome === undefined) return 'none'
  return outcome.ok ? 'ok' : 'refused'
}

const number = fc.double({ min: -1e9, max: 1e9, noNaN: true })
const values = fc.record(
  {
    power: number,
    energy: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })),
    relay: fc.boolean(),
    open: fc.boolean(),
    mode: fc.constantFrom('idle', 'run'),
    level: number,
    warmth: number,
    serial: fc.constantFrom('A1', '4711', 'true', '"quoted"'),
  },
  { requiredKeys: [], noNullPrototype: true },
)

test('decode(encode(x)) is what survives of x, and only what was given is sent', () => {
  fc.assert(
    fc.property(values, given => {
      const t = 1_772_362_800_123
      const found: Record<string, Value> = {}
      for (const { topic, payload, retain } of encodeMqttMessages(profile, { ...device, t }, given)) {
        expect(retain).toBe(false)
        const outcome = map(topic, payload, { retained: false })
        if (outcome?.ok !== true) throw new Error('not taken')
        expect(outcome.quality).toBe(undefined)
        expect(outcome.t).toBe(topic.endsWith('/rpc') ? t : undefined)
        Object.assign(found, outcome.values)
      }
      const wanted: Record<string, Value | undefined> = {}
      for (const [name, value] of Object.entries(given)) {
        const point = profile.points.get(name)
        if (point) wanted[name] = quantise(point, value, name === 'warmth' ? { unit: 'C' } : {})
      }
      expect(found).toStrictEqual(wanted)
    }),
    { numRuns: 200 },
  )
})

test('availability is encoded once a topic, to be kept by the broker', () => {
  for (const available of [true, false]) {
    const [message, ...more] = encodeAvailability(profile, device, available)
    expect(more).toStrictEqual([])
    expect(message?.retain).toBe(true)
    expect(map(message?.topic ?? '', message?.payload ?? new Uint8Array(), { retained: true })).toMatchObject({
      available,
    })
  }
})

test('encoding what the profile does not have throws', () => {
  expect(() => encodeMqttMessages(profile, device, { height: 1 })).toThrow('has no point height')
  expect(() => encodeMqttMessages(profile, device, { mode: 'fly' })).toThrow('has no name in this profile')
})
