import type { Logger } from 'pino'
import type { BufferNotice } from '../api.ts'
import { describeNotice, isGood } from './notices.ts'
import type { News } from './news.ts'

type Listener = (notice: BufferNotice) => void

/** Tells the log and everyone who listens what the buffer found out. */
export class NoticeBoard {
  /** How often a database was healed. */
  healed = 0
  /** Whether the receiver rejects, as far as was told. */
  isRejecting = false
  readonly #log: Logger
  readonly #listeners = new Set<Listener>()
  #failing: BufferNotice | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** Who comes while the disk refuses hears of that at once. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (this.#failing) listener(this.#failing)
    return () => void this.#listeners.delete(listener)
  }

  tell(notice: BufferNotice, isLogged = true): void {
    const good = isGood(notice)
    if (isLogged) this.#log[good ? 'info' : 'warn']({ notice: notice.kind }, describeNotice(notice))
    if (notice.kind === 'salvaged') this.healed++
    if (notice.kind === 'rejecting' || notice.kind === 'accepting') this.isRejecting = !good
    if (notice.kind === 'failing' || notice.kind === 'recovered') this.#failing = good ? undefined : notice
    for (const listener of this.#listeners) listener(notice)
  }

  tellNews(news: readonly News[]): void {
    for (const { notice, isLogged } of news) this.tell(notice, isLogged)
  }
}
