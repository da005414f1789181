import type { LinkContext } from '../intake.ts'
import type { LinkStatus } from './link.ts'

/** State of a link: keeps it, says so and writes it down when it changes. */
export class LinkState {
  readonly #name: string
  readonly #context: LinkContext
  #state: LinkStatus['state'] = 'starting'
  #text: string | undefined

  constructor(name: string, context: LinkContext) {
    this.#name = name
    this.#context = context
  }

  /** `text`: why it does not work, or what of it does not though it is online. */
  set(online: boolean, text?: string): void {
    const { intake, log } = this.#context
    const state = online ? 'online' : 'offline'
    if (online && text !== undefined && text !== this.#text)
      log.warn({ link: this.#name, reason: text }, 'link works in part')
    this.#text = text
    if (state === this.#state) return
    const isBack = this.#state === 'offline'
    this.#state = state
    intake.state({ scope: 'link', name: this.#name, state, ...(text !== undefined && { reason: text }) })
    if (!online) log.warn({ link: this.#name, reason: text }, 'lost link')
    else if (isBack) log.info({ link: this.#name }, 'link back')
    else log.debug({ link: this.#name }, 'link works')
  }

  /** Why it is not online; undefined while it is. */
  get whyNot(): string | undefined {
    return this.#state === 'offline' ? (this.#text ?? 'the link is down') : undefined
  }

  status(): Pick<LinkStatus, 'name' | 'state' | 'text'> {
    return { name: this.#name, state: this.#state, ...(this.#text !== undefined && { text: this.#text }) }
  }
}
