import type { Value } from '@lineside/contract'
import { expect, test } from 'vitest'
import { bytesOf, textOf } from './bytes.ts'
import { compileSerial } from './compile.ts'
import { createFramer } from './create-framer.ts'
import { encodeSerialMessage, type SerialEncodeOptions } from './encode.ts'
import { serialProfile } from './testing.ts'

const scale = serialProfile(`
params: { address: { description: on the line, default: 1 }, ratio: { description: lever, default: 2 } }
framing: { lines: "\\r\\n" }
polls:
  weight: { send: "\\x1b{address}P\\r\\n", timeout: 300ms, every: 5s, answers: [weight, error] }
  tare: { send: "T\\r\\n" }
messages:
  weight:
    format: "{status},{value}[ {unit}]"
    status: { field: status, values: { ST: good, US: uncertain:unstable, OL: bad:sensor_failure } }
  error: { format: "ERR {code}", refuse: the scale reports an error }
  greeting: { format: "HELLO {text}", ignore: true }
points:
  weight:
    from: { message: weight, field: value, unit: unit }
    type: number
    unit: kg
    units: { kg: 1, g: 0.001 }
    not_available: ["---"]
    range: [0, 50]
  steady: { from: { message: weight, field: status }, type: bool, names: { ST: true, US: false, OL: false }, ignores_status: true }
`)
const { requests, decode } = compileSerial(scale, { params: {} })

test('requests have their bytes, time-out, interval and answers', () => {
  const shown = requests.map(({ bytes, answers, ...rest }) => ({ ...rest, send: textOf(bytes), answers: [...answers] }))
  expect(shown).toStrictEqual([
    { name: 'weight', timeoutMs: 300, everyMs: 5000, send: '\x1b1P\r\n', answers: ['weight', 'error'] },
    { name: 'tare', timeoutMs: 1000, send: 'T\r\n', answers: ['weight', 'error', 'greeting'] },
  ])
  const other = compileSerial(scale, { params: { address: 7 } })
  expect(textOf(other.requests[0]?.bytes ?? new Uint8Array())).toBe('\x1b7P\r\n')
})

test('a settled weight is good, in the unit of the profile', () => {
  expect(decode('ST,1500.5 g')).toStrictEqual({ ok: true, message: 'weight', values: { weight: 1.5005, steady: true } })
})

test.each([
  ['US,7 kg', { weight: 7, steady: false }, { weight: 'uncertain:unstable' }],
  ['OL,99 kg', { steady: false }, { weight: 'bad:sensor_failure' }],
  ['OL,', { steady: false }, { weight: 'bad:sensor_failure' }],
  ['XX,7 kg', {}, { weight: 'bad:malformed', steady: 'bad:malformed' }],
  ['ST,--- kg', { steady: true }, { weight: 'bad:not_available' }],
  ['ST,nan kg', { steady: true }, { weight: 'bad:not_available' }],
  ['ST,', { steady: true }, { weight: 'bad:not_available' }],
  ['ST,7', { weight: 7, steady: true }, { weight: 'uncertain:unit_mismatch' }],
  ['US,7', { weight: 7, steady: false }, { weight: 'uncertain:unit_mismatch' }],
  ['ST,7 lb', { steady: true }, { weight: 'bad:malformed' }],
  ['ST,7e kg', { steady: true }, { weight: 'bad:malformed' }],
  ['ST,0x7 kg', { steady: true }, { weight: 'bad:malformed' }],
  ['ST,Infinity kg', { steady: true }, { weight: 'bad:malformed' }],
  ['ST,-1 kg', { steady: true }, { weight: 'bad:out_of_range' }],
  ['ST,60 kg', { steady: true }, { weight: 'bad:out_of_range' }],
])('%s says %o with %o', (frame, values, quality) => {
  expect(decode(frame)).toStrictEqual({ ok: true, message: 'weight', values, quality })
})

test('a decimal comma is one only where the profile says so, and then a point is none', () => {
  const meter = serialProfile(`
framing: { lines: "\\n" }
messages:
  row: { split: ";", fields: { comma: 0, point: 1, weight: 2 } }
points:
  comma: { from: { message: row, field: comma }, type: number, decimal_comma: true }
  point: { from: { message: row, field: point }, type: number }
  weight: { from: { message: row, field: weight, unit: "*" }, type: number, unit: kg, decimal_comma: true, units: { kg: 1, g: 0.001 } }
`)
  const compiled = compileSerial(meter, { params: {} })
  expect(compiled.decode('-23,45;23.45;1500,5 g')).toMatchObject({
    values: { comma: -23.45, point: 23.45, weight: 1.5005 },
  })
  const bad = 'bad:malformed'
  expect(compiled.decode('23.45;23,45;1.500,5 g')).toMatchObject({
    values: {},
    quality: { comma: bad, point: bad, weight: bad },
  })
  expect(compiled.decode('1,234,5;1;7 kg')).toMatchObject({ values: { point: 1, weight: 7 }, quality: { comma: bad } })
  const written = textOf(encodeSerialMessage(meter, 'row', { comma: 0.5, point: 0.5, weight: 0.25 }))
  expect(written).toBe('0,5;0.5;0,25kg\n')
})

test('an error of the device is refused, a known greeting ignored, anything else malformed', () => {
  expect(decode('ERR 03')).toStrictEqual({
    ok: false,
    reason: 'refused',
    text: 'the scale reports an error ("ERR 03")',
  })
  expect(decode('HELLO world')).toBe(undefined)
  expect(decode('rubbish\x00')).toStrictEqual({
    ok: false,
    reason: 'malformed',
    text: '"rubbish\\x00" is no message of test/device',
  })
})

test('the answers of the request that waits are tried first', () => {
  const meter = serialProfile(`
framing: { lines: "\\n" }
polls:
  volts: { send: "MEAS:VOLT?\\n", answers: [volts] }
  amps: { send: "MEAS:CURR?\\n", answers: [amps] }
messages: { volts: { format: "{value}" }, amps: { format: "{value}" } }
points:
  voltage: { from: { message: volts, field: value }, type: number, unit: V }
  current: { from: { message: amps, field: value }, type: number, unit: A }
`)
  const compiled = compileSerial(meter, { params: {} })
  expect(compiled.decode('1.5E-3', 'amps')).toMatchObject({ message: 'amps', values: { current: 0.0015 } })
  expect(compiled.decode('230', 'volts')).toMatchObject({ message: 'volts', values: { voltage: 230 } })
})

test('a frame that no message fits is of no interest where a checksum proves it sound', () => {
  const station = serialProfile(`
framing: { lines: "\\r\\n" }
checksum: nmea
messages: { air: { split: ",", match: { 0: "??MTA" }, fields: { air: 1 } } }
points: { temperature: { from: { message: air, field: air }, type: number, unit: Cel, scale: ratio } }
params: { ratio: { description: of the sensor } }
`)
  const compiled = compileSerial(station, { params: { ratio: 2 } })
  expect(compiled.decode('$WIMTA,010.0,C*2A')).toMatchObject({ values: { temperature: 20 } })
  expect(compiled.decode('$GPGLL,4916.45,N,12311.12,W,225444,A,*1D')).toBe(undefined)
  expect(compiled.decode('$WIMTA,011.0,C*2A')).toMatchObject({ ok: false, reason: 'checksum' })
  expect(() => compileSerial(station, { params: {} })).toThrow('param ratio has no value')
})

test('frames of fixed columns are read and written, and a unit that is blank while the scale moves is not believed', () => {
  const columns = serialProfile(`
framing: { fixed: 16, end: "\\r\\n" }
polls: { print: { send: "\\x1bP\\r\\n" } }
messages: { weight: { format: "{value:10} {unit:3}" } }
points: { weight: { from: { message: weight, field: value, unit: unit }, type: number, unit: g, units: { g: 1, kg: 1000 } } }
`)
  const compiled = compileSerial(columns, { params: {} })
  const read = (text: string) => {
    const [frame] = createFramer(columns.framing).push(bytesOf(text))
    return frame?.kind === 'frame' ? compiled.decode(frame.bytes) : frame
  }
  expect(read('+   123.45 g  \r\n')).toMatchObject({ values: { weight: 123.45 } })
  expect(read('-   1.2345 kg \r\n')).toMatchObject({ values: { weight: -1234.5 } })
  expect(read('+   123.45    \r\n')).toMatchObject({
    values: { weight: 123.45 },
    quality: { weight: 'uncertain:unit_mismatch' },
  })
  const bytes = encodeSerialMessage(columns, 'weight', { weight: 500 }, { units: { weight: 'kg' } })
  expect(textOf(bytes)).toBe('       0.5  kg\r\n')
  expect(read(textOf(bytes))).toMatchObject({ values: { weight: 500 } })
})

test('a talker without a checksum loses its first line, one that is asked keeps it', () => {
  const talker = serialProfile(`
framing: { lines: "\\n" }
messages: { line: { format: "T={t}" } }
points: { temperature: { from: { message: line, field: t }, type: number, unit: Cel } }
`)
  expect(talker.framing).toMatchObject({ first: 'discard' })
  expect(scale.framing).toMatchObject({ first: 'keep' })
})

function line(values: Readonly<Record<string, Value>>, options: SerialEncodeOptions = {}): string {
  return textOf(encodeSerialMessage(scale, 'weight', values, options))
}

test('encoding says what the options ask for', () => {
  expect(line({ weight: 1.5 })).toBe('ST,1.5 kg\r\n')
  expect(line({ weight: 1.5 }, { units: { weight: 'g' }, quality: 'uncertain:unstable' })).toBe('US,1500 g\r\n')
  expect(line({ weight: 1.5, steady: false })).toBe('US,1.5 kg\r\n')
  expect(line({ weight: 1.5 }, { quality: 'bad:sensor_failure' })).toBe('OL,\r\n')
  expect(() => line({ height: 1 })).toThrow('message weight has no point height')
  expect(() => line({ weight: Number.NaN })).toThrow('not finite')
  expect(() => line({ weight: 1 }, { units: { weight: 'lb' } })).toThrow('no unit lb')
  expect(() => line({ weight: 1 }, { quality: 'bad:refused' })).toThrow("can't say bad:refused")
})
