import { systemClock } from '@lineside/contract'
import type { Clock } from '@lineside/contract'

const origin = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** The machine's own clocks. On Linux the monotonic one begins with the boot, for every process alike. */
export const machineClock: Clock = { ...systemClock, monotonic: () => performance.now() + origin }
