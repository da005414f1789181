import mqtt from 'mqtt'

/** What a broker says to a subscription. */
export interface Grant {
  readonly filter: string
  /** Why it is not what was asked for, as a sentence; undefined: QoS 1 is granted. */
  readonly problem?: string
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
    if (code === 1) return { filter }
    if (code === 0) return { filter, problem: `the broker grants only QoS 0 for ${filter}: messages may be lost` }
    const reason = typeof code === 'number' ? reasons[code]?.toLowerCase() : undefined
    return { filter, problem: `the broker refuses the subscription to ${filter}: ${reason ?? 'no reason given'}` }
  })
}
