import type { BufferReader } from '../../buffer/reading/reader.ts'

/** What a verb of this command is given. */
export interface BufferArgs {
  readonly reader: BufferReader
  readonly configPath: string
  readonly storagePath: string
  /** What stands behind the verb. */
  readonly words: readonly string[]
  readonly json: boolean
  readonly format?: string | undefined
  readonly output?: string | undefined
  readonly device?: string | undefined
  readonly quarantine: boolean
}
