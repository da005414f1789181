/** Where a command reads and writes; `err` is for people, `out` for what a script wants. */
export interface CommandIo {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** When a person began to wait, in monotonic time; absent: when the command began. */
  readonly sinceMs?: number
  /** Ends a command that lasts; Ctrl-C where it is absent. */
  readonly signal?: AbortSignal
}

/** What was typed can't be meant; the message is one sentence that says what to write instead. */
export class UsageError extends Error {}

/** It was typed well and can't be done as things are: status 1. The message is one sentence that says why. */
export class RefusedError extends Error {}

/** One word of the command line. */
export interface Command {
  readonly name: string
  /** One line for the overview. */
  readonly summary: string
  /** All of `lineside NAME --help`. */
  readonly help: string
  /** Exit status: 0 done, 1 the answer is no, 2 wrong usage. */
  run(args: readonly string[], io: CommandIo): Promise<number>
}

/** Name → what loads the command. */
export type CommandTable = Readonly<Record<string, () => Promise<Command>>>
