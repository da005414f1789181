import { expect, test } from 'vitest'
import { unitSign } from './unit-sign.ts'

test.each([
  ['Cel', '°C'],
  ['[degF]', '°F'],
  ['K', 'K'],
  ['m3/h', 'm³/h'],
  ['L/min', 'L/min'],
  ['mm/s', 'mm/s'],
  ['m/s2', 'm/s²'],
  ['kg/m3', 'kg/m³'],
  ['Ohm', 'Ω'],
  ['kOhm', 'kΩ'],
  ['um', 'µm'],
  ['uS/cm', 'µS/cm'],
  ['kW.h', 'kWh'],
  ['kvar.h', 'kvarh'],
  ['kV.A', 'kVA'],
  ['V.A.h', 'VAh'],
  ['A.h', 'Ah'],
  ['N.m', 'N·m'],
  ['deg', '°'],
  ['%', '%'],
  ['1', ''],
  ['/min', '1/min'],
  ['1/min', '1/min'],
  ['{count}', 'count'],
  ['10*3', '10³'],
  ['[g]', 'g'],
  ['[psi]', 'psi'],
  ['mm[Hg]', 'mmHg'],
  ['dB[mW]', 'dBm'],
  ['[gal_us]/min', 'gal/min'],
  ['m-1', 'm⁻¹'],
])('%s is shown as %j', (code, sign) => {
  expect(unitSign(code)).toBe(sign)
})
