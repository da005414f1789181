import { parseArgs } from 'node:util'
import type { Flag, Proof, ProofOptions } from './proof.ts'

/** What may follow each flag, for the usage line; `text`: not a number. */
const flags = {
  polls: { shown: 'N', text: false },
  transport: { shown: 'NAME', text: true },
  seed: { shown: 'N', text: false },
  seeds: { shown: 'N', text: false },
  from: { shown: 'FIRST', text: false },
  seconds: { shown: 'N', text: false },
  cuts: { shown: 'N', text: false },
  without: { shown: 'RULE', text: true },
} as const satisfies Record<Flag, { readonly shown: string; readonly text: boolean }>

const names = Object.keys(flags).filter((name): name is Flag => name in flags)

/** How the proofs are called: each with its flags and what it is for. */
export function usageOf(proofs: readonly Proof[]): string {
  const lines = proofs.map(({ name, takes, summary }) => {
    const given = takes.map(flag => `[--${flag} ${flags[flag].shown}]`).join(' ')
    return `  ${name} ${given}\n      ${summary}\n`
  })
  return `usage: npm run prove -- NAME [--FLAG VALUE]…

${lines.join('')}
The last line is one JSON object. Exit status: 0 it held, 1 something was violated, 2 wrong usage.
`
}

/** The proof that is named, and what is to be done of it. Throws an Error where it does not know what is written. */
export function readArguments(
  argv: readonly string[],
  proofs: readonly Proof[],
): { readonly proof: Proof; readonly options: Omit<ProofOptions, 'say'> } {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(names.map(name => [name, { type: 'string' }] as const)),
    allowPositionals: true,
  })
  const proof = proofs.find(({ name }) => name === positionals[0])
  if (!proof || positionals.length > 1) throw new Error('name one proof')
  const written = names.flatMap(flag => {
    const text = values[flag]
    return text === undefined ? [] : [[flag, text] as const]
  })
  const unknown = written.find(([flag]) => !proof.takes.includes(flag))
  if (unknown) {
    throw new Error(
      `${proof.name} takes no --${unknown[0]}; it takes ${proof.takes.map(flag => `--${flag}`).join(', ')}`,
    )
  }
  return { proof, options: Object.fromEntries(written.map(([flag, text]) => [flag, valueOf(flag, text)])) }
}

function valueOf(flag: Flag, text: string): string | number {
  if (flags[flag].text) return text
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${flag} ${text}: use a whole number`)
  return Number(text)
}
