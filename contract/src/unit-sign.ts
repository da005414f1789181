/** UCUM atoms that people write in another way than their code. */
const signs: Readonly<Record<string, string>> = {
  '1': '',
  Cel: '°C',
  '[degF]': '°F',
  deg: '°',
  Ohm: 'Ω',
  "'": '′',
  "''": '″',
  '[g]': 'g',
  '[in_i]': 'in',
  '[ft_i]': 'ft',
  '[yd_i]': 'yd',
  '[mi_i]': 'mi',
  '[kn_i]': 'kn',
  '[nmi_i]': 'nmi',
  '[psi]': 'psi',
  '[lb_av]': 'lb',
  '[oz_av]': 'oz',
  '[gal_us]': 'gal',
  '[ppm]': 'ppm',
  '[ppb]': 'ppb',
  '[pH]': 'pH',
  '[NTU]': 'NTU',
  '[CFU]': 'CFU',
  'm[H2O]': 'mH₂O',
  'm[Hg]': 'mHg',
  "[in_i'H2O]": 'inH₂O',
  "[in_i'Hg]": 'inHg',
  'B[W]': 'BW',
  'B[mW]': 'Bm',
  circ: 'rev',
}
const raised: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
}
const longest = Object.keys(signs)
  .filter(atom => atom !== '1')
  .toSorted((a, b) => b.length - a.length)

/**
 * A unit as people write it, for what they read: `°C` for `Cel`, `m³/h` for `m3/h`, `kWh` for `kW.h`; empty for `1`. Files,
 * JSON and the wire keep the UCUM code.
 */
export function unitSign(ucum: string): string {
  const parts = ucum.split('/').map(part => joined(part.split('.').map(termSign)))
  const [first = '', ...others] = parts
  return [first === '' && others.length > 0 ? '1' : first, ...others].join('/')
}

/** Hours and amperes are written onto what they are counted with, as on every meter; others with a dot between. */
function joined(terms: readonly string[]): string {
  return terms.reduce(
    (text, term) => (text === '' ? term : `${text}${term === 'h' || term === 'A' ? '' : '·'}${term}`),
    '',
  )
}

function termSign(term: string): string {
  const [, code = term, annotation = ''] = /^(.*?)(?:\{([^}]*)\})?$/.exec(term) ?? []
  const power = /^10\*(-?\d+)$/.exec(code)
  if (power) return `10${superscript(power[1] ?? '')}${annotation}`
  const [, atom = code, exponent = ''] = /^(.*[^\d-])(-?\d)$/.exec(code) ?? []
  const text = `${atomSign(atom)}${superscript(exponent)}`
  return annotation === '' ? text : text === '' ? annotation : `${text} ${annotation}`
}

function atomSign(atom: string): string {
  const whole = signs[atom]
  if (whole !== undefined) return whole
  const known = longest.find(
    each => atom.endsWith(each) && /^(da|[YZEPTGMkhdcmunpf])$/.test(atom.slice(0, -each.length)),
  )
  const prefix = known === undefined ? '' : atom.slice(0, -known.length)
  if (known !== undefined) return `${prefix === 'u' ? 'µ' : prefix}${signs[known] ?? ''}`
  return /^u[A-Z]|^u[mgslL]$|^u(bar|mol|var)$/.test(atom) ? `µ${atom.slice(1)}` : atom
}

function superscript(digits: string): string {
  return Array.from(digits, digit => raised[digit] ?? digit).join('')
}
