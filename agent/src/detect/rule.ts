import type { Priority } from '@lineside/contract'

/** What every rule says, whatever it looks for. */
export interface RuleText {
  readonly device: string
  /** Name of the alarm within its device. */
  readonly name: string
  readonly point: string
  readonly priority: Priority
  readonly message?: string
  readonly action?: string
}
