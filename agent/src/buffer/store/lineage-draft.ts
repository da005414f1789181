import { writeMeta } from '../file/meta.ts'
import type { Descent, Lineage } from './lineage.ts'
import { descentKey } from './lineage.ts'
import type { Store } from './store.ts'

/** The lineage as a transaction leaves it. */
export class LineageDraft {
  readonly #store: Pick<Store, 'db' | 'setState'>
  #next: Lineage

  constructor(store: Pick<Store, 'db' | 'setState' | 'lineage'>) {
    this.#store = store
    this.#next = store.lineage
  }

  get next(): Lineage {
    return this.#next
  }

  minted(stream: string): void {
    const { newest: follows } = this.#next
    if (follows !== undefined) this.place(stream, { follows, besides: [] })
    this.#next = { ...this.#next, newest: stream }
    writeMeta(this.#store.db, 'newest', stream)
  }

  place(stream: string, descent: Descent): void {
    this.#store.setState(descentKey(stream), [descent.follows, ...descent.besides].join(' '))
    this.#next = { ...this.#next, descents: new Map(this.#next.descents).set(stream, descent) }
  }
}
