import type { Link } from '../links/link.ts'
import type { LineView } from '../control/answers.ts'

/** Each line on which devices are polled, in the order of the configuration. */
export function viewLines(links: readonly Link[]): LineView[] {
  return links.flatMap(link => {
    const use = link.use?.()
    if (!use) return []
    const { name, kind, state, devices } = link.status()
    const known = new Map(devices.map(device => [device.name, device]))
    const views = use.devices.flatMap(device => {
      const status = known.get(device.device)
      if (!status) return []
      const { missed, overruns } = status.counters
      const { medianMs: _median, p95Ms: _p95, ...away } = device
      // How it was polled before it was lost says nothing of now.
      const shown = status.state === 'offline' ? away : device
      return [{ ...shown, state: status.state, missed, overruns }]
    })
    return [
      { link: name, kind, state, lanes: use.lanes, busy: use.busy, late: use.late, lateMs: use.lateMs, devices: views },
    ]
  })
}
