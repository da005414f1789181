import * as fc from 'fast-check'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commit } from '../commit.ts'
import { writeMeta } from '../file/meta.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { openStore } from '../open-store.ts'
import { reportSalvage } from '../healing/report-salvage.ts'
import type { Store } from './store.ts'
import { write } from './transaction.ts'

const dayMs = 86_400_000

/** One database through its life, and which stream of it ever followed which. */
class Life implements Disposable {
  readonly follows = new Map<string, string>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'lineage-'))
  #store: Store
  #now = 1_763_700_000_000
  #ids = 0
  #epoch = 0
  #gateway = 'gw-1'

  constructor() {
    this.#store = this.#open()
  }

  readonly events = {
    alarm: () => this.#commit('alarms'),
    data: () => this.#commit('data'),
    'clock set back': () => void this.#epoch++,
    /** N6. */
    'other seqs arrived': () => write(this.#store, this.#moment(), draft => draft.retireStreams()),
    'disk refuses': () => {
      const work = () =>
        write(this.#store, this.#moment(), draft => {
          draft.retireStreams()
          draft.insert(ownBatch('data', [{ k: 'state' }]))
          throw new Error('disk is full')
        })
      expect(work).toThrow('disk is full')
    },
    restart: () => this.#restart(),
    'everything arrives': () =>
      write(this.#store, this.#moment(), draft => {
        for (const { id, present } of draft.streams()) for (const [from, to] of present) draft.remove(id, from, to)
      }),
    'a season passes': () => {
      this.#now += 100 * dayMs
      this.#restart()
    },
    'an older agent runs': () => {
      const { newest } = this.#store.lineage
      this.#restart()
      this.#commit('data')
      writeMeta(this.#store.db, 'newest', newest)
      this.#restart()
    },
    'another name': () => {
      if ([...this.#store.streams.values()].some(({ present }) => present.length > 0)) return
      this.#gateway = `gw-${Number(this.#gateway.slice(3)) + 1}`
      // What was kept under the other name would be refused.
      this.#restart(file => rmSync(`${file}.kept`, { force: true }))
    },
    'newest commits are lost': () =>
      this.#restart(file => {
        const kept = `${file}.kept`
        if (existsSync(kept)) cpSync(kept, file)
        else cpSync(file, kept)
      }),
    damage: () =>
      this.#restart(file => {
        const bytes = readFileSync(file)
        // Every page but the first from the middle on.
        bytes.fill(0, Math.max(4096, bytes.length / 2))
        writeFileSync(file, bytes)
      }),
    'no database is left': () => this.#restart(file => rmSync(file)),
  } as const satisfies Record<string, () => void>

  #commit(kind: 'alarms' | 'data'): void {
    const batch = { ...ownBatch(kind, [{ k: 'state', t: this.#now }]), epoch: this.#epoch }
    commit(this.#store, this.#moment(), { batches: [batch], points: [], state: [], dropped: [] }, () => [])
  }

  #restart(change: (file: string) => void = () => undefined): void {
    this.#store[Symbol.dispose]()
    change(join(this.#folder, 'buffer.db'))
    this.#store = this.#open()
    reportSalvage(this.#store, this.#moment())
  }

  #open(): Store {
    const { boot, maxSizeBytes } = { boot: 'b', maxSizeBytes: 64e6 }
    return openStore({ path: this.#folder, gateway: this.#gateway, maxSizeBytes, boot, now: this.#now })
  }

  #moment() {
    const ids = [1, 2, 3, 4].map(() => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`)
    return { now: ++this.#now, ids }
  }

  /** What an envelope that names all would say now. */
  look(): void {
    for (const [stream, { follows }] of this.#store.lineage.descents) {
      expect(this.follows.get(stream) ?? follows).toBe(follows)
      this.follows.set(stream, follows)
    }
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

test('whatever happens to one database, no two of its streams ever follow the same one', () => {
  using first = new Life()
  const { events } = first
  const names = Object.keys(events).filter((name): name is keyof typeof events => name in events)
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { minLength: 4, maxLength: 24 }), history => {
      using life = new Life()
      for (const event of history) {
        life.events[event]()
        life.look()
      }
      expect(new Set(life.follows.values()).size).toBe(life.follows.size)
    }),
    { numRuns: 60 },
  )
  // Hundreds of commits, each of which waits for the disk.
}, 120_000)

test('each stream follows the one that was minted before it, over restarts and also of the other kind', () => {
  using life = new Life()
  for (const event of ['alarm', 'data', 'restart', 'data', 'a season passes', 'data'] as const) {
    life.events[event]()
    life.look()
  }
  expect(life.follows.size).toBe(3)
  const streams = [...life.follows].flat()
  expect(new Set(streams).size).toBe(4)
})
