/** A passage of our source, and what stands there when a rule is switched off. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A rule of the delivery protocol, and what makes it true. */
export interface Rule {
  /** As in the protocol, with a word behind it where a rule has several parts; else what it is about. */
  readonly name: string
  /** What the product does without it. */
  readonly without: string
  readonly edits: readonly Edit[]
  /** How the violation that a walk then finds begins. */
  readonly finds: string
  /** A walk shortly before one that is known to find it, where that is a rare one; 1 if absent. */
  readonly from?: number
}

/** Files of the agent's buffer, of the contract, and of the receiver's embedded log. */
export const buffer = (file: string, from: string, to: string): Edit => ({ file: `agent/src/buffer/${file}`, from, to })
export const contract = (file: string, from: string, to: string): Edit => ({ file: `contract/src/${file}`, from, to })
export const receiver = (file: string, from: string, to: string): Edit => ({
  file: `cloud-receiver/src/log/embedded/${file}`,
  from,
  to,
})
