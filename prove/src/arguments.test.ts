import { expect, test } from 'vitest'
import { readArguments, usageOf } from './arguments.ts'
import type { Proof } from './proof.ts'

const load = () => Promise.reject(new Error('not run'))
const proofs: readonly Proof[] = [
  { name: 'crash', takes: ['cuts', 'seed'], summary: 'kills', load },
  { name: 'sim', takes: ['seeds', 'from', 'without'], summary: 'walks', load },
]

test('a proof gets the numbers and names that it takes', () => {
  expect(readArguments(['crash', '--cuts', '6', '--seed', '5'], proofs)).toEqual({
    proof: proofs[0],
    options: { cuts: 6, seed: 5 },
  })
  expect(readArguments(['sim', '--without', 'S1'], proofs).options).toEqual({ without: 'S1' })
})

test.each([
  [['crash', '--from', '5'], 'crash takes no --from; it takes --cuts, --seed'],
  [['crash', '--cuts', 'many'], '--cuts many: use a whole number'],
  [['crush'], 'name one proof'],
  [[], 'name one proof'],
  [['crash', 'sim'], 'name one proof'],
])('%j is refused: nothing that is written goes unheard', (argv, message) => {
  expect(() => readArguments(argv, proofs)).toThrow(message)
})

test('the usage names each proof with its flags', () => {
  expect(usageOf(proofs)).toContain('  sim [--seeds N] [--from FIRST] [--without RULE]\n      walks\n')
})
