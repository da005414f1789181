import { expect, test } from 'vitest'
import { isEnergy, isUnit } from './units.ts'

test('UCUM codes of plant devices are known', () => {
  const units =
    'V A W kW var kvar V.A kV.A W.h kW.h kvar.h V.A.h A.h Hz kHz Cel K % 1 deg mm/s m/s2 [g] um m3/h L/min Ohm mV mA uA bar mbar hPa kPa MPa [psi] kg g t [in_i]/s [degF] km/h [kn_i] /min 1/min lx [ppm] dB dB[mW] m3 GJ s min h d mm[H2O] N.m g/m3'
  expect(units.split(' ').filter(unit => !isUnit(unit))).toStrictEqual([])
})

test('what people write instead is not taken for UCUM', () => {
  const units = ['volt', '°C', 'C°', 'rpm', 'kWh', 'VA', 'm³/h', 'm/', '', 'Watt', 'V A', 'in/s', 'l/']
  expect(units.filter(isUnit)).toStrictEqual([])
})

test('energy is told from power and from charge', () => {
  expect(['kW.h', 'W.h', 'Mvar.h', 'kV.A.h'].filter(isEnergy)).toHaveLength(4)
  expect(['W', 'A.h', 'kV.A', 'm3', 'h', undefined].filter(isEnergy)).toEqual([])
})
