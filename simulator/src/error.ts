/** What can go wrong before or around playing; problems in a plant file are a `Problem` each, not one of these. */
export const simulatorErrorCodes = [
  'plant_invalid',
  'file_unreadable',
  'address_in_use',
  'no_pseudo_terminal',
  'ledger_failed',
  'usage',
] as const
export type SimulatorErrorCode = (typeof simulatorErrorCodes)[number]

export class SimulatorError extends Error {
  override readonly name = 'SimulatorError'
  readonly code: SimulatorErrorCode
  /** What the person at the terminal can do. */
  readonly hint: string

  constructor(code: SimulatorErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}
