/** UCUM atoms that take a metric prefix, and `var`, which UCUM lacks and power meters need. */
const metric = new Set([
  'm',
  'g',
  's',
  'L',
  'l',
  'A',
  'V',
  'W',
  'Wb',
  'T',
  'H',
  'F',
  'Ohm',
  'S',
  'C',
  'Hz',
  'N',
  'Pa',
  'bar',
  'J',
  'K',
  'Cel',
  'mol',
  'cd',
  'lm',
  'lx',
  'B',
  'bit',
  'By',
  'var',
  't',
  'eq',
])
/** Atoms that take none. */
const plain = new Set([
  '1',
  '%',
  'deg',
  'min',
  'h',
  'd',
  'wk',
  'mo',
  'a',
  '[degF]',
  '[g]',
  '[in_i]',
  '[ft_i]',
  '[yd_i]',
  '[mi_i]',
  '[kn_i]',
  '[nmi_i]',
  '[psi]',
  '[lb_av]',
  '[oz_av]',
  '[gal_us]',
  '[ppm]',
  '[ppb]',
  '[pH]',
  '[NTU]',
  '[CFU]',
  "'",
  "''",
  'rad',
  'circ',
  'gf',
  'm[H2O]',
  'm[Hg]',
  "[in_i'H2O]",
  "[in_i'Hg]",
  'atm',
  'B[W]',
  'B[mW]',
])
const prefixes = ['', 'da', 'Y', 'Z', 'E', 'P', 'T', 'G', 'M', 'k', 'h', 'd', 'c', 'm', 'u', 'n', 'p', 'f']

/** Whether a text is a UCUM code as profiles use them: atoms with prefix and exponent, joined by `.` and `/`. */
export function isUnit(text: string): boolean {
  return (
    text !== '' && text.split('/').every((part, index) => (part === '' && index === 0) || part.split('.').every(isTerm))
  )
}

/** Whether a unit is one of active, reactive or apparent energy as meters count it. */
export function isEnergy(unit: string | undefined): boolean {
  return unit !== undefined && /^[a-zA-Z]{0,2}(?:W|var|V\.A)\.h$/.test(unit)
}

function isTerm(term: string): boolean {
  const atom = term.replace(/^10\*-?\d+$/, '1').replace(/\{[^}]*\}$/, '')
  if (atom === '') return term !== ''
  const base = /^(?:.*\]|.*?[^\d-])(?=-?\d$)/.exec(atom)?.[0] ?? atom
  return plain.has(base) || prefixes.some(prefix => base.startsWith(prefix) && isBase(base.slice(prefix.length)))
}

function isBase(atom: string): boolean {
  return metric.has(atom) || atom === 'm[H2O]' || atom === 'm[Hg]' || atom === 'B[W]' || atom === 'B[mW]'
}
