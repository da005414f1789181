import type { Settle } from '../../intake.ts'
import type { Talker } from '../../poll/talker.ts'

/** One device behind a broker, or several that speak on the same topics. */
export interface MqttListener {
  readonly filters: readonly string[]
  /** Those of them on which it is said whether devices are there. */
  readonly stateFilters: readonly string[]
  readonly talkers: readonly Talker[]
  /** A message on one of its topics. `part` gives what each sample that comes of it is settled with. */
  message(topic: string, payload: Uint8Array, retained: boolean, part: () => Settle | undefined): void
  /** Messages come (again); some may have been missed. */
  opened?(): void
  stop?(): void
}
