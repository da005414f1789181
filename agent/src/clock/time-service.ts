import { execFile } from 'node:child_process'

/** What the machine's time service says: the clock is right, not yet, or there is none. */
export type ServiceState = 'synchronised' | 'searching' | 'absent'

export interface TimeService {
  /** Never rejects. */
  ask(): Promise<ServiceState>
}

const timeoutMs = 5000

/**
 * The time service of this machine: whatever one keeps the kernel's own state, which `timedatectl` reads (chrony, ntpd,
 * timesyncd alike), and which the kernel takes back when somebody sets the clock; `chronyc` where there is no systemd.
 */
export const machineTimeService: TimeService = {
  async ask() {
    const timedatectl = await run('timedatectl', ['show', '--property=NTP', '--property=NTPSynchronized'])
    if (timedatectl !== undefined) return readTimedatectl(timedatectl)
    const chronyc = await run('chronyc', ['-c', 'tracking'])
    return chronyc === undefined ? 'absent' : readChronyc(chronyc)
  },
}

/** Lines `NTP=yes` (a service is switched on) and `NTPSynchronized=yes` (the kernel's own state). */
export function readTimedatectl(text: string): ServiceState {
  if (text.includes('NTPSynchronized=yes')) return 'synchronised'
  return text.includes('NTP=yes') ? 'searching' : 'absent'
}

/** One line of fields, the last is the leap status. */
export function readChronyc(text: string): ServiceState {
  const fields = text.trim().split(',')
  return fields.length > 3 && !fields.at(-1)?.startsWith('Not') ? 'synchronised' : 'searching'
}

/** What a command wrote; undefined where it is not there or failed. */
function run(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise(resolve => {
    execFile(command, args, { timeout: timeoutMs, encoding: 'utf8' }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    )
  })
}
