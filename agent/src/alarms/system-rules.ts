import type { Priority } from '@lineside/contract'

/** An alarm that Lineside raises about itself. */
export interface SystemRule {
  /** What it watches, in place of a device's point. */
  readonly point: 'buffer' | 'uplink' | 'clock'
  readonly priority: Priority
  readonly action: string
  /**
   * `condition` is told of its end. `event` has none: it returns when nothing more was heard of it for a while, and stays
   * in the list until a person has acknowledged it.
   */
  readonly kind: 'condition' | 'event'
}

/** Every alarm of the gateway itself, by name. */
export const systemRules = {
  buffer_failing: {
    point: 'buffer',
    priority: 'high',
    action: 'Check the disk: full, read-only, broken, or not mounted; readings are kept in memory until it works again',
    kind: 'condition',
  },
  disk_short: {
    point: 'buffer',
    priority: 'medium',
    action: 'Free space on the disk of the buffer, or lower storage.min_free; lineside buffer status shows both',
    kind: 'condition',
  },
  readings_thinned: {
    point: 'buffer',
    priority: 'medium',
    action: 'Restore the connection to the receiver, or give the buffer more room (storage.max_size)',
    kind: 'event',
  },
  readings_lost: {
    point: 'buffer',
    priority: 'high',
    action:
      'Restore the connection to the receiver, or give the buffer more room (storage.max_size, and space on its disk)',
    kind: 'event',
  },
  buffer_healed: {
    point: 'buffer',
    priority: 'high',
    action:
      'Replace the disk or card when this comes again; the text says what is missing, and where what was found is kept',
    kind: 'event',
  },
  buffer_restored: {
    point: 'buffer',
    priority: 'medium',
    action:
      'If nobody put back a backup or moved the card, find the second machine made from it, and give it a name and a token of its own',
    kind: 'event',
  },
  gateway_cloned: {
    point: 'uplink',
    priority: 'high',
    action: 'Find the other machine that runs under this name, and give it a name and a token of its own',
    kind: 'event',
  },
  batch_quarantined: {
    point: 'buffer',
    priority: 'medium',
    action:
      'Look at lineside buffer quarantine: release sends it again once the receiver takes it; else send it to support',
    kind: 'event',
  },
  receiver_lost: {
    point: 'uplink',
    priority: 'high',
    action: 'Ask whoever runs the receiver: it was restored from a backup and lacks readings',
    kind: 'event',
  },
  receiver_rejects: {
    point: 'uplink',
    priority: 'medium',
    action: 'Ask whoever runs the receiver, and compare versions; readings are kept here',
    kind: 'condition',
  },
  receiver_away: {
    point: 'uplink',
    priority: 'medium',
    action:
      'See lineside status for the reason; check the connection, the token and the receiver; readings are kept here',
    kind: 'condition',
  },
  budget_used: {
    point: 'uplink',
    priority: 'low',
    action: 'Raise cloud.monthly_budget, or read fewer points, more slowly, or with a deadband; readings are kept here',
    kind: 'condition',
  },
  times_unlikely: {
    point: 'clock',
    priority: 'medium',
    action: 'Compare the clocks of gateway, time service and receiver; readings are kept, with times marked as unknown',
    kind: 'event',
  },
  clock_doubtful: {
    point: 'clock',
    priority: 'medium',
    action:
      'Give the gateway a time service (NTP), or set its clock; name the authority of the receiver under cloud.ca',
    kind: 'condition',
  },
} as const satisfies Readonly<Record<string, SystemRule>>

export type SystemAlarmName = keyof typeof systemRules

export function isSystemAlarmName(name: string): name is SystemAlarmName {
  return Object.hasOwn(systemRules, name)
}
