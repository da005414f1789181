import { once } from 'node:events'
import { type Clock, sleep } from '@lineside/contract'
import { formatProblem } from '@lineside/settings'
import { SimulatorError } from '../error.ts'
import { Ledger } from '../ledger/ledger.ts'
import { openLedgerFile } from '../ledger/ledger-file.ts'
import { loadPlant, type PlantIo } from '../plant/load.ts'
import type { LinkPlayer } from '../servers/link-player.ts'
import { playPlant } from '../play-plant.ts'
import type { Arguments } from './arguments.ts'

export interface PlaySurroundings {
  readonly clock: Clock
  readonly io: PlantIo
  /** Aborts when the person or the system asks to end. */
  readonly signal: AbortSignal
  print(text: string): void
  /** Problems, a line each. */
  complain(text: string): void
}

/** Plays a plant until the signal or `seconds`; then ends its links and closes the ledger. Throws SimulatorError. */
export async function play(args: Arguments, surroundings: PlaySurroundings): Promise<void> {
  const { clock, io, signal } = surroundings
  const loaded = loadPlant(args.file, io)
  if (loaded.plant === undefined) {
    const count = loaded.problems.length
    for (const problem of loaded.problems) surroundings.complain(`${formatProblem(problem)}\n`)
    const message = `${args.file} can't be played`
    throw new SimulatorError('plant_invalid', message, count === 1 ? 'correct it' : `correct these ${count} places`)
  }
  const plant = { ...loaded.plant, seed: args.seed ?? loaded.plant.seed }
  const path = args.ledger ?? plant.ledger ?? ''
  const sink = path === '' ? undefined : openLedgerFile(path, clock)
  const ledger = new Ledger(sink)
  try {
    await using played = await playPlant(plant, { clock, ledger, recordings: loaded.recordings })
    surroundings.print(readyText(played.links, path, args.json))
    await ended(signal, args.seconds, clock)
  } finally {
    await sink?.close()
  }
  surroundings.print(endText(ledger, args.json))
}

async function ended(signal: AbortSignal, seconds: number | undefined, clock: Clock): Promise<void> {
  if (signal.aborted) return
  if (seconds === undefined) await once(signal, 'abort')
  else await sleep(clock, seconds * 1000, signal)
}

function readyText(links: readonly LinkPlayer[], ledger: string, json: boolean): string {
  if (json) {
    const shown = links.map(({ name, kind, address }) => ({ name, kind, address }))
    return `${JSON.stringify({ event: 'ready', links: shown, ...(ledger === '' ? {} : { ledger }) })}\n`
  }
  const lines = links.map(({ name, kind, address }) => `  ${name}: ${kind} ${address}`)
  return `ready\n${lines.join('\n')}\n${ledger === '' ? '' : `  ledger: ${ledger}\n`}`
}

function endText(ledger: Ledger, json: boolean): string {
  const { replies, readings, isOn } = ledger
  if (!isOn) return json ? '{"event":"ended"}\n' : 'ended\n'
  return json
    ? `${JSON.stringify({ event: 'ended', replies, readings })}\n`
    : `ended: ${replies} replies with ${readings} readings in the ledger\n`
}
