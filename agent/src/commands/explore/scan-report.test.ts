import type { RankedFit } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import type { FoundUnit, ScanPlace, ScanResult } from '../../explore/scan.ts'
import { testModbusProfile } from '../../links/modbus/testing.ts'
import { scanJson, type ScanReport, scanText } from './scan-report.ts'

const serial: ScanPlace = {
  config: {
    kind: 'modbus_rtu',
    name: 'line',
    port: { path: '/dev/ttyUSB0', baud: 19_200, parity: 'even', dataBits: 8, stopBits: 1 },
    timeoutMs: 250,
    requestGapMs: 0,
    connectDelayMs: 0,
  },
  words: '19200 baud, 8 data bits, even parity, 1 stop bit',
}
const host = (address: string): ScanPlace => ({
  config: {
    kind: 'modbus_tcp',
    name: 'host',
    host: address,
    port: 502,
    timeoutMs: 1000,
    requestGapMs: 0,
    maxInFlight: 1,
  },
  words: `${address}:502`,
})

function fit(profile: string, confidence: RankedFit['confidence'], more: Partial<RankedFit> = {}): RankedFit {
  return {
    profile: { ...testModbusProfile({ a: 0 }), profile, vendor: 'Acme', model: 'M1' },
    identified: undefined,
    asked: 4,
    good: 4,
    distinct: 4,
    bits: 20,
    samples: [{ point: 'voltage', value: 230.204_999, unit: 'V' }],
    confidence,
    why: '4 of 4 points answer and are plausible',
    ...more,
  }
}

function unit(place: ScanPlace, unitId: number, fits: readonly RankedFit[], more: Partial<FoundUnit> = {}): FoundUnit {
  return { place, unitId, how: 'it answers reads', told: new Map(), fits, cutShort: false, ...more }
}

function report(result: Partial<ScanResult>, more: Partial<ScanReport> = {}): ScanReport {
  return {
    target: { words: '/dev/ttyUSB0', isNetwork: false, kind: 'modbus_rtu' },
    isConfigured: false,
    isQuick: false,
    kept: [],
    known: () => undefined,
    isInterrupted: false,
    result: { units: [], troubles: [], alike: [], untried: 0, ...result },
    ...more,
  }
}

test('what was found is told with the values to compare, and how it is written into lineside.yaml', () => {
  const told = new Map([
    [0, 'Acme GmbH'],
    [1, 'M-1'],
    [3, 'https://acme.example'],
  ])
  const units = [
    unit(serial, 1, [fit('acme/m1', 'likely'), fit('acme/m2', 'possible', { good: 3 })]),
    unit(serial, 4, [fit('acme/m3', 'possible')]),
    unit(serial, 7, [], { how: 'it answers: illegal function (exception 1)', told }),
  ]
  expect(scanText(report({ units, untried: 6 }))).toMatchInlineSnapshot(`
    "/dev/ttyUSB0 at 19200 baud, 8 data bits, even parity, 1 stop bit: 3 units

    unit 1: acme/m1, likely
      Acme M1
      4 of 4 points answer and are plausible
      shows voltage 230.2 V
      or acme/m2: 3 of 4 points

    unit 4: acme/m3, possible
      Acme M1
      4 of 4 points answer and are plausible
      shows voltage 230.2 V

    unit 7: not recognised
      it answers: illegal function (exception 1)
      says it is Acme GmbH M-1
      next: lineside probe --rtu /dev/ttyUSB0 --baud 19200 --parity even --unit-id 7

    6 other settings were not tried; --all tries them too

    to put into lineside.yaml:

    links:
      line: { modbus_rtu: /dev/ttyUSB0, baud: 19200, parity: even }
    devices:
      m1_1: { profile: acme/m1, link: line, unit_id: 1 }
      m3_4: { profile: acme/m3, link: line, unit_id: 4 } # compare the values with the device first
      # unit 7: not recognised; lineside profile new makes a profile of a register list
    "
  `)
})

test('several hosts have a link each, and devices names of their own', () => {
  const [one, two] = [host('192.0.2.10'), host('192.0.2.11')]
  const units = [unit(one, 1, [fit('acme/m1', 'certain')]), unit(two, 1, [fit('acme/m1', 'likely')])]
  const text = scanText(
    report({ units, alike: [two] }, { target: { words: '192.0.2.8/29', isNetwork: true, kind: 'modbus_tcp' } }),
  )
  expect(text).toContain('192.0.2.11:502: 1 unit\n\n  it answers every unit id alike: one device\n')
  expect(text).toContain(`links:
  host_192_0_2_10: { modbus_tcp: "192.0.2.10:502" }
  host_192_0_2_11: { modbus_tcp: "192.0.2.11:502" }
devices:
  m1_1: { profile: acme/m1, link: host_192_0_2_10, unit_id: 1 }
  m1_1_2: { profile: acme/m1, link: host_192_0_2_11, unit_id: 1 }
`)
})

test('where nothing was found it says what to look at, or why it could not be', () => {
  expect(scanText(report({}))).toContain('no unit answers on /dev/ttyUSB0\nlook at: power, A and B exchanged')
  const garbled = { place: serial, isClosed: false, text: 'unit 5 sent an answer with a wrong CRC' }
  const told = scanText(report({ troubles: [garbled] }))
  expect(told).toContain('two units with one id, another client, an adapter that hears itself, or noise?')
  expect(told.replaceAll(/\s+/g, ' ')).toContain('unit 5 sent an answer with a wrong CRC')
  const closed = { place: serial, isClosed: true, text: 'there is no port /dev/ttyUSB0; no serial port is plugged in' }
  expect(scanText(report({ troubles: [closed], untried: 7 }))).toBe(`${closed.text}\n`)
  const network = { words: '192.0.2.8/29', isNetwork: true, kind: 'modbus_tcp' } as const
  const refused = { place: host('192.0.2.9'), isClosed: true, text: 'connection refused by 192.0.2.9:502' }
  expect(scanText(report({ troubles: [refused] }, { target: network }))).toBe(
    'no unit answers on 192.0.2.8/29\nno connection was made with 1 of its hosts\n',
  )
  const alone = { target: { words: '192.0.2.9', isNetwork: false, kind: 'modbus_tcp' } } as const
  expect(scanText(report({}, alone))).toContain('no unit answers on 192.0.2.9\nlook at: Modbus TCP switched on')
  const foreign = { place: host('192.0.2.9'), isClosed: false, text: 'it sent what is no Modbus' }
  expect(scanText(report({ troubles: [foreign] }, alone))).toContain('another service on this port?')
})

test('ended early it tells what is left', () => {
  const units = [unit(serial, 3, [], { cutShort: true })]
  const text = scanText(report({ units, untried: 7 }, { isInterrupted: true, isConfigured: true }))
  expect(text).toContain('unit 3: there, not looked at yet')
  expect(text).toContain('next: lineside probe --link line --unit-id 3')
  expect(text).toContain('ended early; 7 settings not tried')
  expect(text).not.toContain('links:')
})

test('a unit that lineside.yaml has already is told, and not put there again', () => {
  const units = [unit(serial, 1, [fit('acme/m1', 'likely')]), unit(serial, 2, [fit('acme/m2', 'likely')])]
  const text = scanText(report({ units }, { known: (_, unitId) => (unitId === 1 ? 'press_1' : undefined) }))
  expect(text).toContain('unit 1: acme/m1, likely\n  in lineside.yaml as press_1\n')
  expect(text).toContain('m2_2: { profile')
  expect(text).not.toContain('m1_1: { profile')
  expect(scanText(report({ units }, { known: () => 'x' }))).not.toContain('to put into')
})

test('a host that is left to the running agent is told', () => {
  const kept = [{ place: host('192.0.2.9'), text: 'the running agent asks on this line (link hall)' }]
  expect(scanText(report({ units: [unit(host('192.0.2.8'), 1, [])] }, { kept }))).toContain(
    '192.0.2.9:502 was left out: the running agent asks on this line (link hall)\n',
  )
  expect(scanJson(report({}, { kept }))).toMatchObject({
    left_out: [{ place: { modbus_tcp: '192.0.2.9:502' }, text: expect.stringContaining('link hall') }],
  })
})

test('where no profiles were tried it only says who is there', () => {
  const text = scanText(report({ units: [unit(serial, 3, [])] }, { isQuick: true }))
  expect(text).toContain('unit 3: there, not looked at yet\n  it answers reads\n')
  expect(text).not.toContain('lineside.yaml')
})

test('the same for a program', () => {
  const units = [unit(serial, 1, [fit('acme/m1', 'likely')], { told: new Map([[1, 'M-1']]) })]
  expect(scanJson(report({ units }))).toMatchObject({
    target: '/dev/ttyUSB0',
    complete: true,
    units: [
      {
        place: { modbus_rtu: '/dev/ttyUSB0', baud: 19_200, parity: 'even', stop_bits: 1 },
        unit_id: 1,
        says: { product_code: 'M-1' },
        profiles: [{ profile: 'acme/m1', confidence: 'likely', good: 4, asked: 4 }],
      },
    ],
    yaml: expect.stringContaining('m1_1: { profile: acme/m1'),
  })
})
