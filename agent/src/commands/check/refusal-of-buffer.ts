import { BufferReader } from '../../buffer/reading/reader.ts'
import type { AgentConfig } from '../../config/types.ts'

/** Why the agent would not start on the buffer that is there, with the way out; undefined where it would. */
export function refusalOfBuffer({ gateway, storage }: AgentConfig): string | undefined {
  try {
    using reader = new BufferReader(storage.path)
    const refusal = reader.refusalOf(gateway)
    return refusal && `gateway: ${refusal.message}; ${refusal.hint}`
  } catch {
    // There is none yet, it may not be read by this user, or the agent heals it.
    return undefined
  }
}
