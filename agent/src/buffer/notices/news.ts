import type { BufferNotice } from '../api.ts'

/** A notice for all who listen; those that come with each commit are not in the log every time. */
export interface News {
  readonly notice: BufferNotice
  readonly isLogged: boolean
}
