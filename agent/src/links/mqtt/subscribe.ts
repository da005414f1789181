import mqtt from 'mqtt'

/** What a broker says to a subscription. */
export interface Grant {
  readonly filter: string
  /** Why it is not what was asked for, as a sentence; undefined: QoS 1 is granted. */
  readonly problem?: string
  /** No messages will come. */
  readonly refused: boolean
}

/** Filters of one SUBSCRIBE packet. */
export const subscribeBatch = 100

const reasons: Readonly<Record<number, string>> = mqtt.ReasonCodes

/** The codes of a SUBACK, filter by filter; none where it never came. */
export function grantsOf(
  filters: readonly string[],
  packet: { readonly granted: readonly unknown[] } | undefined,
): readonly Grant[] {
  if (packet === undefined) return []
  return filters.map((filter, i) => {
    const code = packet.granted[i]
    if (code === 1) return { filter, refused: false }
    if (code === 0) {
      const problem = `the broker grants only QoS 0 for ${filter}: messages may be lost`
      return { filter, problem, refused: false }
    }
    const reason = typeof code === 'number' ? reasons[code]?.toLowerCase() : undefined
    const problem = `the broker refuses the subscription to ${filter}: ${reason ?? 'no reason given'}`
    return { filter, problem, refused: true }
  })
}
