import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '@lineside/contract/testing'
import { readLedger } from 'lineside-sim'
import { readArchiveRows } from '../../../demo/src/archive.ts'
import { addGateway } from '../../../demo/src/gateway-token.ts'
import type { Program } from '../../../demo/src/program.ts'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { checkRun } from './check.ts'
import { readJournal, readLog } from './evidence.ts'
import { commitEveryMs, createPlace, gateway, mqttDevices } from './plant.ts'
import { startLife } from '../../../bench/src/programs.ts'

/** From the start of a program to its kill, ms: also while it starts, and long enough to get work done. */
const lifeMs = { least: 100, most: 3500 } as const
const stopDeadlineMs = 40_000

/** Kills agent or receiver `cuts` times while they work, ends everything cleanly, and compares what is left. */
export async function proveCrash({ cuts = 60, seed = 1, say }: ProofOptions): Promise<ProofResult> {
  using place = await createPlace()
  const random = seededRandom(seed)
  place.writeAgentConfig(await addGateway(gateway, place.folder))
  const journal = place.file('journal.ndjson')
  const start = {
    agent: () =>
      startLife('agent', 'agent/src/main.ts', ['run', 'lineside.yaml'], {
        folder: place.folder,
        env: { LINESIDE_COMMIT_JOURNAL: journal },
      }),
    receiver: () => startLife('receiver', 'cloud-receiver/src/main.ts', ['run', 'receiver.yaml'], place),
  }
  const ledger = place.file('ledger.ndjson')
  const simulator = startLife('simulator', 'simulator/src/main.ts', ['plant.yaml', '--ledger', ledger], place)
  const lives: Record<keyof typeof start, Program> = { receiver: start.receiver(), agent: start.agent() }
  const kills = { agent: [] as { at: number; until: number }[], receiver: 0 }
  let failures = 0
  await wait(2000)
  for (let cut = 1; cut <= cuts; cut++) {
    await wait(lifeMs.least + random() * (lifeMs.most - lifeMs.least))
    // Now and then both at once.
    const dice = random()
    const before = { ...lives }
    if (dice < 0.55) {
      const at = Date.now()
      await lives.agent.kill()
      lives.agent = start.agent()
      kills.agent.push({ at, until: lives.agent.startedAt })
    }
    if (dice > 0.45) {
      await lives.receiver.kill()
      lives.receiver = start.receiver()
      kills.receiver++
    }
    failures += Object.values(before).filter(life => life.hasFailed()).length
    if (cut % 10 === 0) say(`${cut} of ${cuts} kills`)
  }
  // The last lives are at work before they are asked to end: an agent doesn't wait long for a receiver that is not there.
  await hasPrinted(lives.receiver, 'listening on')
  await hasPrinted(lives.agent, '"msg":"started"')
  await wait(3000)
  const statuses = {
    agent: await lives.agent.stop(stopDeadlineMs),
    simulator: await simulator.stop(stopDeadlineMs),
    receiver: await lives.receiver.stop(stopDeadlineMs),
  }
  const evidence = {
    gateway,
    journal: readJournal(journal),
    log: await readLog(place.file('receiver-data/log.db')),
    archive: await readArchiveRows(place.file('archive')),
    ledger: readLedger(ledger),
    kills: kills.agent,
    commitEveryMs,
    mayRepeat: mqttDevices,
  }
  const { violations: found, ...figures } = checkRun(evidence)
  const violations = [...found]
  if (failures > 0) violations.push(`programs ended by themselves ${failures} times`)
  const unclean = Object.entries(statuses).filter(([, status]) => status !== 0)
  return {
    violations: [...violations, ...unclean.map(([name, status]) => `${name} ended with status ${status}`)],
    figures: {
      cuts,
      seed,
      kills: { agent: kills.agent.length, receiver: kills.receiver },
      committed: { batches: evidence.journal.length, entries: evidence.log.length, readings: evidence.archive.length },
      ...figures,
    },
  }
}

/** Waits until a program has said something, at most a minute: what follows shows what came of it. */
async function hasPrinted(life: Program, words: string): Promise<void> {
  for (let tries = 0; tries < 600 && !life.printed().includes(words); tries++) await wait(100)
}
