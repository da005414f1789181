/** How much of a proof is run; each takes what it knows of these, and has its own defaults. */
export interface ProofOptions {
  readonly polls?: number
  /** One kind of line only. */
  readonly transport?: string
  /** Of all that is drawn. */
  readonly seed?: number
  readonly seeds?: number
  /** First of the seeds. */
  readonly from?: number
  readonly seconds?: number
  readonly cuts?: number
  /** A rule to be switched off: the proof must then fail. */
  readonly without?: string
  /** Progress, for people. */
  readonly say: (text: string) => void
}

export interface ProofResult {
  /** One sentence each; empty where the proof held. */
  readonly violations: readonly string[]
  /** What was done and counted, for the last line. */
  readonly figures: Readonly<Record<string, unknown>>
}

export type Prove = (options: ProofOptions) => Promise<ProofResult>

/** What may be written behind a proof's name. */
export type Flag = Exclude<keyof ProofOptions, 'say'>

export interface Proof {
  readonly name: string
  readonly takes: readonly Flag[]
  readonly summary: string
  /** Loads the proof's code: a switched-off rule must be arranged before the product's code is loaded. */
  readonly load: () => Promise<Prove>
}
