import { readArguments, usageOf } from './arguments.ts'
import { switchOff } from './rules/switch-off.ts'
import type { Proof } from './proof.ts'

/** Every proof there is; adding one is adding a line. */
const proofs: readonly Proof[] = [
  {
    name: 'field',
    takes: ['polls', 'transport', 'seed'],
    summary: 'no wrong value from an adversary on Modbus lines, 30000 polls on each',
    load: async () => (await import('./field/field.ts')).proveField,
  },
  {
    name: 'breaks',
    takes: ['cuts', 'seed'],
    summary: 'Modbus connections broken in every way, 10000 times, come back and leave nothing behind',
    load: async () => (await import('./breaks/breaks.ts')).proveBreaks,
  },
  {
    name: 'crash',
    takes: ['cuts', 'seed'],
    summary: 'kill -9 of agent or receiver at random moments, 60 times',
    load: async () => (await import('./crash/crash.ts')).proveCrash,
  },
  {
    name: 'damage',
    takes: ['seeds', 'from', 'seconds'],
    summary: 'files of a buffer damaged at random, 1000 times: it runs again, and what is gone is named',
    load: async () => (await import('./damage/damage.ts')).proveDamage,
  },
  {
    name: 'powercut',
    takes: ['cuts', 'seed', 'without'],
    summary: 'what a power cut may leave of a buffer is opened, at 200 moments',
    load: async () => (await import('./powercut/powercut.ts')).provePowercut,
  },
  {
    name: 'poison',
    takes: ['seconds', 'seed'],
    summary: 'honest gateways beside 50 attackers on a real receiver, 30 s each way',
    load: async () => (await import('./poison/poison.ts')).provePoison,
  },
  {
    name: 'sim',
    takes: ['seeds', 'from', 'seconds', 'without'],
    summary: 'agent, network and receiver under a seeded scheduler, 1000 walks',
    load: async () => (await import('./sim/sim.ts')).proveSim,
  },
]

async function main(argv: readonly string[]): Promise<number> {
  let read: ReturnType<typeof readArguments>
  let stillOn: (() => readonly string[]) | undefined
  try {
    read = readArguments(argv, proofs)
    stillOn = read.options.without === undefined ? undefined : switchOff(read.options.without)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`prove: ${error.message}\n\n${usageOf(proofs)}`)
    return 2
  }
  const { proof, options } = read
  const startedAt = performance.now()
  const prove = await proof.load()
  const loadedBefore = stillOn?.() ?? []
  if (loadedBefore.length > 0) throw new Error(`--without ${options.without}: still on in ${loadedBefore.join(', ')}`)
  const { violations, figures } = await prove({ ...options, say: text => process.stdout.write(`${text}\n`) })
  for (const violation of violations.slice(0, 20)) process.stdout.write(`violation: ${violation}\n`)
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  const report = { proof: proof.name, ok: violations.length === 0, violations: violations.length, seconds, ...figures }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  return violations.length === 0 ? 0 : 1
}

// Not by itself: at its own end the runtime waits for what a broken port was asked last, and may wait for ever.
const status = await main(process.argv.slice(2))
process.stdout.write('', () => process.exit(status))
