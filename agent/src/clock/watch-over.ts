import type { AlarmEntry } from '@lineside/contract'
import type { SystemAlarms } from '../alarms/system.ts'
import type { BatchBuffer } from '../buffer/api.ts'
import type { AgentConfig } from '../config/types.ts'
import { describeDevice } from '../describe.ts'
import type { ClockChange, ClockKeeper, ClockStatus } from './api.ts'

/** A time service that works has found the time by then. */
const alarmAfterMs = 10 * 60_000
/** For a clock that is certainly wrong, but may yet be put right by what runs by itself. */
const soonMs = 60_000
/** Less is told to nobody. */
const negligibleMs = 250

interface Watched {
  readonly keeper: ClockKeeper
  readonly buffer: Pick<BatchBuffer, 'append' | 'clockChanged' | 'describe'>
  readonly config: Pick<AgentConfig, 'gateway' | 'devices'>
  readonly system: SystemAlarms
  readonly tell: (alarm: AlarmEntry) => void
  /** What failed by a wrong clock may work now. */
  readonly retry: () => void
}

/**
 * Passes on what becomes of the clock: to the buffer, as data, and as an alarm of the gateway. Gives what is to be called
 * every second.
 */
export function watchOverClock({ keeper, buffer, config, system, tell, retry }: Watched): () => void {
  const { clock } = keeper
  const startedMs = clock.monotonic()
  keeper.onChange(change => {
    buffer.clockChanged()
    const t = clock.now()
    // What stands at the head of a stream is no younger than what follows: the time of the start will do for all others.
    if (change.endsStreams) buffer.describe([...config.devices.values()].map(device => describeDevice(device, t)))
    const isWorthTelling = Math.abs(change.shiftMs) >= negligibleMs || clock.monotonic() - startedMs > soonMs
    if (!isWorthTelling) return
    const { source } = change
    const state = source === undefined ? 'degraded' : 'online'
    buffer.append('data', { k: 'state', t, scope: 'clock', name: config.gateway, state, reason: wordsOf(change) })
  })
  let before = keeper.status()
  return () => {
    const status = keeper.status()
    const elapsedMs = clock.monotonic() - startedMs
    const isDoubtful = status.state !== 'synchronised'
    const isAnother = status.jumps !== before.jumps || isDoubtful !== (before.state !== 'synchronised')
    before = status
    if (isAnother) retry()
    if (isDoubtful && elapsedMs < patienceOf(status)) return
    const text = status.problem ?? 'the clock is known'
    const entry = system.hear({ alarm: 'clock_doubtful', active: isDoubtful, text }, clock.monotonic())
    if (entry) tell(entry)
  }
}

/** How long the people on site are not bothered with it. */
function patienceOf({ state, needsPerson }: ClockStatus): number {
  if (needsPerson) return 0
  return state === 'wrong' ? soonMs : alarmAfterMs
}

function wordsOf({ shiftMs, source }: ClockChange): string {
  const vouching = { service: 'the time service', receiver: 'the receiver', machine: "the machine's clock" }
  const by = source === undefined ? 'nobody yet' : vouching[source]
  return `set by ${(shiftMs / 1000).toFixed(3)} s, as ${by} says`
}
