/** Where a command reads and writes; `err` is for people, `out` for what a script wants. */
export interface CommandIo {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** One word of the command line. */
export interface Command {
  readonly name: string
  /** One line for the overview. */
  readonly summary: string
  /** All of `lineside-receiver NAME --help`. */
  readonly help: string
  /** Exit status: 0 done, 1 the answer is no, 2 wrong usage. */
  run(args: readonly string[], io: CommandIo): Promise<number>
}

/** Wrong usage, as a sentence: status 2. */
export class UsageError extends Error {}
