import { expect, test } from 'vitest'
import { sealFrame } from './check-frame.ts'
import { compileSerial } from './compile.ts'
import { serialProfile } from './testing.ts'

const meter = serialProfile(`
framing: { start: "/", end: "!", tail: "\\r\\n", keep_marks: true, max_length: 4096 }
checksum: { type: crc16_arc, start: "/", end: "!", inclusive: true }
messages:
  telegram:
    obis:
      fields: { clock: "0-0:1.0.0", power: "1-0:1.7.0", t1: "0-1:24.2.1[0]", gas: "0-1:24.2.1[1]", t2: "0-2:24.2.1[0]", water: "0-2:24.2.1[1]" }
    time: { field: clock, as: dsmr }
points:
  power: { from: { message: telegram, field: power, unit: "*" }, type: number, unit: kW, units: { kW: 1 } }
  gas: { from: { message: telegram, field: gas, unit: "*", time: t1 }, type: number, unit: m3, units: { m3: 1 }, range: [0, 100] }
  water: { from: { message: telegram, field: water, unit: "*", time: t2 }, type: number, unit: m3, units: { m3: 1 } }
`)
const seal = (content: string) => (meter.checksum ? sealFrame(content, meter.checksum) : content)

/** Decodes telegrams of one connection; each is a minute of 14 January 2026, 15 h UTC, and lines beside the clock. */
function telegrams(...all: readonly (readonly [minute: number, ...lines: string[]])[]) {
  const compiled = compileSerial(meter, { params: {} })
  return all.map(([minute, ...lines]) => {
    const clock = `0-0:1.0.0(26011416${String(minute).padStart(2, '0')}00W)`
    const decoded = compiled.decode(seal(`X5\r\n\r\n${[clock, ...lines, ''].join('\r\n')}`))
    if (decoded?.ok !== true) throw new Error('a sound telegram')
    const { stamped, values, quality } = decoded
    return { t: decoded.t, values, quality, stamped }
  })
}
const at = (minute: number) => Date.UTC(2026, 0, 14, 15, minute)

test('a reading with a time of its own is given once, and again when its time or its value is another', () => {
  const five = '0-1:24.2.1(260114160500W)(00001.500*m3)'
  const told = telegrams(
    [6, '1-0:1.7.0(1*kW)', five],
    [7, five],
    [8, five.replace('1605', '1600')],
    [9, five.replace('1.5', '1.6')],
  )
  expect(told).toStrictEqual([
    { t: at(6), values: { power: 1 }, quality: undefined, stamped: [{ t: at(5), values: { gas: 1.5 } }] },
    { t: at(7), values: {}, quality: undefined, stamped: undefined },
    { t: at(8), values: {}, quality: undefined, stamped: [{ t: at(0), values: { gas: 1.5 } }] },
    { t: at(9), values: {}, quality: undefined, stamped: [{ t: at(5), values: { gas: 1.6 } }] },
  ])
})

test('readings of one time are one sample, others their own', () => {
  const same = ['0-1:24.2.1(260114160500W)(1*m3)', '0-2:24.2.1(260114160500W)(2*m3)'] as const
  const [first, second] = telegrams([6, ...same], [7, same[0], '0-2:24.2.1(260114160600W)(2*m3)'])
  expect(first?.stamped).toStrictEqual([{ t: at(5), values: { gas: 1, water: 2 } }])
  expect(second?.stamped).toStrictEqual([{ t: at(6), values: { water: 2 } }])
})

test('a reading is as bad at its own time as at any other', () => {
  const [told] = telegrams([6, '0-1:24.2.1(260114160500W)(101*m3)', '0-2:24.2.1(260114160500W)(1*kWh)'])
  expect(told?.stamped).toStrictEqual([
    { t: at(5), values: {}, quality: { gas: 'bad:out_of_range', water: 'bad:malformed' } },
  ])
})

test.each([
  ['632525252525W', 'bad:not_available'],
  ['', 'bad:not_available'],
  ['26011416', 'bad:not_available'],
  ['260129200000W', 'bad:out_of_range'],
  ['260114171000W', 'bad:out_of_range'],
])('a reading of the time "%s" in a telegram of 16:06 is %s, and has no value', (time, quality) => {
  const [told] = telegrams([6, `0-1:24.2.1(${time})(1*m3)`])
  expect(told).toStrictEqual({ t: at(6), values: {}, quality: { gas: quality }, stamped: undefined })
})

test('a meter whose clock is set back or ahead by less than an hour keeps its reading', () => {
  const [told] = telegrams([6, '0-1:24.2.1(260114165900W)(1*m3)'])
  expect(told?.stamped).toStrictEqual([{ t: at(59), values: { gas: 1 } }])
})
