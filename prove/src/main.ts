import { parseArgs } from 'node:util'
import { switchOff } from './rules/switch-off.ts'
import type { Proof, ProofOptions } from './proof.ts'

/** Every proof there is; adding one is adding a line. */
const proofs: readonly Proof[] = [
  {
    name: 'field',
    summary: 'no wrong value from an adversary on Modbus lines: --polls N (30000) on each, --seed N, --transport NAME',
    load: async () => (await import('./field/field.ts')).proveField,
  },
  {
    name: 'breaks',
    summary: 'Modbus connections broken in every way come back and leave nothing behind, --cuts times (10000)',
    load: async () => (await import('./breaks/breaks.ts')).proveBreaks,
  },
  {
    name: 'crash',
    summary: 'kill -9 of agent or receiver at random moments, --cuts times (60)',
    load: async () => (await import('./crash/crash.ts')).proveCrash,
  },
  {
    name: 'damage',
    summary: 'files of a buffer damaged at random, --seeds times (1000): it runs again, and what is gone is named',
    load: async () => (await import('./damage/damage.ts')).proveDamage,
  },
  {
    name: 'powercut',
    summary: 'what a power cut may leave of a buffer is opened, at --cuts moments (200); --from SEED, --without RULE',
    load: async () => (await import('./powercut/powercut.ts')).provePowercut,
  },
  {
    name: 'poison',
    summary: 'honest gateways beside 50 attackers on a real receiver, --seconds each way (30); --from SEED',
    load: async () => (await import('./poison/poison.ts')).provePoison,
  },
  {
    name: 'sim',
    summary: 'agent, network and receiver under a seeded scheduler: --seeds N (1000), --from FIRST, --without RULE',
    load: async () => (await import('./sim/sim.ts')).proveSim,
  },
]

const usage = `usage: npm run prove -- NAME [--polls N] [--seed N] [--seeds N] [--from N] [--seconds N] [--cuts N] [--without RULE]

${proofs.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

The last line is one JSON object. Exit status: 0 it held, 1 something was violated, 2 wrong usage.
`

const number = { type: 'string' } as const

/** Whole, at least 0; throws where it is not. */
function readNumber(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {}
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} ${text}: use a whole number`)
  return { [name]: Number(text) }
}

async function main(argv: readonly string[]): Promise<number> {
  let proof: Proof | undefined
  let options: ProofOptions
  let without: string | undefined
  let stillOn: (() => readonly string[]) | undefined
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        polls: number,
        seed: number,
        transport: { type: 'string' },
        seeds: number,
        from: number,
        seconds: number,
        cuts: number,
        without: { type: 'string' },
      },
      allowPositionals: true,
    })
    proof = proofs.find(({ name }) => name === positionals[0])
    if (!proof || positionals.length > 1) throw new Error('name one proof')
    without = values.without
    options = {
      ...readNumber('polls', values.polls),
      ...readNumber('seed', values.seed),
      ...(values.transport === undefined ? {} : { transport: values.transport }),
      ...readNumber('seeds', values.seeds),
      ...readNumber('from', values.from),
      ...readNumber('seconds', values.seconds),
      ...readNumber('cuts', values.cuts),
      ...(without === undefined ? {} : { without }),
      say: text => process.stdout.write(`${text}\n`),
    }
    stillOn = without === undefined ? undefined : switchOff(without)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`prove: ${error.message}\n\n${usage}`)
    return 2
  }
  const startedAt = performance.now()
  const prove = await proof.load()
  const loadedBefore = stillOn?.() ?? []
  if (loadedBefore.length > 0) throw new Error(`--without ${without}: still on in ${loadedBefore.join(', ')}`)
  const { violations, figures } = await prove(options)
  for (const violation of violations.slice(0, 20)) process.stdout.write(`violation: ${violation}\n`)
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  const report = { proof: proof.name, ok: violations.length === 0, violations: violations.length, seconds, ...figures }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  return violations.length === 0 ? 0 : 1
}

// Not by itself: at its own end the runtime waits for what a broken port was asked last, and may wait for ever.
const status = await main(process.argv.slice(2))
process.stdout.write('', () => process.exit(status))
