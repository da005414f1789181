import type { ModbusLinkConfig } from '../config/types.ts'
import { type ExploreParts, type OpenLine, openLine } from './open-line.ts'
import { lookForUnit, type Presence } from './presence.ts'
import { type Candidates, type Recognised, recognise } from './recognise.ts'

/** A place where units may be: a line with these settings, a host. */
export interface ScanPlace {
  readonly config: ModbusLinkConfig
  /** `19200 baud, even parity, 1 stop bit`, `192.0.2.10:502`. */
  readonly words: string
}

export interface ScanOptions extends ExploreParts {
  readonly places: readonly ScanPlace[]
  readonly units: readonly number[]
  readonly candidates: Candidates
  /** Places that are scanned side by side; of one serial port only one can be open. */
  readonly atOnce: number
  /** The places are settings of one line: one that units answer on ends the scan, and so does a port that can't be opened. */
  readonly firstIsEnough: boolean
  readonly progress: (progress: ScanProgress) => void
}

export interface ScanProgress {
  readonly place: string
  /** What is looked at: `unit 7`, `what unit 7 is`. */
  readonly what: string
  /** Share of what there is to do at most, 0…1. */
  readonly done: number
  readonly found: number
}

/** A unit that is there. */
export interface FoundUnit extends Recognised {
  readonly place: ScanPlace
  readonly unitId: number
  /** How it showed that it is there. */
  readonly how: string
}

export interface ScanTrouble {
  readonly place: ScanPlace
  /** There was no connection, so that no unit was asked. */
  readonly isClosed: boolean
  readonly text: string
}

export interface ScanResult {
  readonly units: readonly FoundUnit[]
  /** Places that could not be asked, or where something came that is no answer, with what was wrong. */
  readonly troubles: readonly ScanTrouble[]
  /** Hosts that answer every unit id alike, so that they are one device. */
  readonly alike: readonly ScanPlace[]
  readonly untried: number
}

/** A unit id that nobody gives a device, to see whether a host answers to any. */
const strangeUnit = 246

/** Looks for units at each place and finds out what they are. Reads only. Never rejects. */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  const { places, atOnce, signal } = options
  const run = new ScanRun(options)
  const waiting = [...places]
  const worker = async () => {
    while (!signal.aborted && !run.isEnough) {
      const place = waiting.shift()
      if (!place) break
      await run.visit(place)
    }
    run.untried = waiting.length
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, places.length) }, worker))
  return run.result()
}

interface Present {
  readonly unitId: number
  readonly how: string
}

class ScanRun {
  readonly #options: ScanOptions
  readonly #units: FoundUnit[] = []
  readonly #troubles: ScanTrouble[] = []
  readonly #alike: ScanPlace[] = []
  #done = 0
  #found = 0
  #cannotOpen = false
  untried = 0

  constructor(options: ScanOptions) {
    this.#options = options
  }

  get isEnough(): boolean {
    return this.#options.firstIsEnough && (this.#units.length > 0 || this.#cannotOpen)
  }

  result(): ScanResult {
    const order = new Map(this.#options.places.map((place, index) => [place, index]))
    const units = this.#units.toSorted(
      (a, b) => (order.get(a.place) ?? 0) - (order.get(b.place) ?? 0) || a.unitId - b.unitId,
    )
    return { units, troubles: this.#troubles, alike: this.#alike, untried: this.untried }
  }

  async visit(place: ScanPlace): Promise<void> {
    this.#tell(place, 'connecting')
    const opened = await openLine(place.config, this.#options)
    if (!opened.ok) {
      this.#done += this.#options.units.length
      this.#cannotOpen = true
      return this.#trouble(place, opened.text, true)
    }
    using line = opened.line
    const present = await this.#withoutEchoes(place, line, await this.#lookForUnits(place, line))
    if (present.length === 0 && line.strayBytes > 0) {
      this.#trouble(place, `${line.strayBytes} bytes came that answer nothing`)
    }
    for (const { unitId, how } of present) {
      this.#tell(place, `what unit ${unitId} is`)
      this.#units.push({ place, unitId, how, ...(await recognise(line, unitId, this.#options.candidates)) })
    }
  }

  async #lookForUnits(place: ScanPlace, line: OpenLine): Promise<readonly Present[]> {
    const { units } = this.#options
    const present: Present[] = []
    for (const [index, unitId] of units.entries()) {
      this.#tell(place, `unit ${unitId}`)
      const presence = await lookForUnit(line, unitId)
      if (presence.kind === 'there') {
        present.push({ unitId, how: presence.how })
        this.#found++
      }
      const isOver = this.#isOver(place, presence)
      this.#done += isOver ? units.length - index : 1
      if (isOver) break
    }
    return present
  }

  #isOver(place: ScanPlace, presence: Presence): boolean {
    if (presence.kind === 'garbled') this.#trouble(place, presence.text)
    if (presence.kind !== 'lost') return this.#options.signal.aborted
    this.#trouble(place, presence.text)
    return true
  }

  /** Without units that a host answers for as it does for any: of these the first stays where there is no other. */
  async #withoutEchoes(place: ScanPlace, line: OpenLine, present: readonly Present[]): Promise<readonly Present[]> {
    if (place.config.kind !== 'modbus_tcp' || present.length < 2) return present
    const stranger = await lookForUnit(line, strangeUnit)
    if (stranger.kind !== 'there') return present
    const own = present.filter(({ how }) => how !== stranger.how)
    if (own.length > 0) return own
    this.#alike.push(place)
    return present.slice(0, 1)
  }

  #trouble(place: ScanPlace, text: string, isClosed = false): void {
    if (!this.#options.signal.aborted) this.#troubles.push({ place, isClosed, text })
  }

  #tell({ words }: ScanPlace, what: string): void {
    const { places, units, progress } = this.#options
    const all = places.length * units.length
    progress({ place: words, what, done: Math.min(1, this.#done / all), found: this.#found })
  }
}
