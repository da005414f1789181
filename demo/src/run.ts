import { setTimeout as wait } from 'node:timers/promises'
import type { AgentStatus } from 'lineside/control'
import { readLedger } from 'lineside-sim'
import { readArchive } from './archive.ts'
import { readFinalFigures } from './final-figures.ts'
import { addGateway } from './gateway-token.ts'
import { startFromSources } from './program.ts'
import type { Evidence, Report } from './report.ts'
import { sourcesOf } from './sources.ts'
import { uplinkAt } from './story.ts'
import type { Display } from './terminal.ts'
import { createUplinkSwitch, type UplinkSwitch } from './uplink-switch.ts'
import { askAgentStatus, askAlarms, askReceiver } from './watch-programs.ts'
import type { Workspace } from './workspace.ts'

export interface DemoOptions {
  readonly workspace: Workspace
  readonly display: Display
  /** Undefined: until the signal. */
  readonly seconds: number | undefined
  readonly signal: AbortSignal
}

const gateway = 'demo-gw1'
const refreshMs = 250
/** What waits no longer than this is no backlog. */
const caughtUpMs = 2500
/** Long enough for the agent to send a backlog and for the receiver to roll its archive. */
const stopDeadlineMs = 30_000

/**
 * Plays the whole demo and gives what it left behind: ledger, archive and the agent's own figures; undefined where it was
 * ended before the first value was there.
 */
export async function runDemo(options: DemoOptions): Promise<Evidence | undefined> {
  const { workspace, display } = options
  await using uplink = await createUplinkSwitch(workspace.receiverPort)
  const token = await addGateway(gateway, workspace.folder)
  workspace.writeAgentConfig(token, uplink.port)
  display.event('starting simulator, receiver and agent')
  const programs = [
    startFromSources('simulator', 'simulator/src/main.ts', ['plant.yaml', '--ledger', workspace.ledger], workspace),
    startFromSources('receiver', 'cloud-receiver/src/main.ts', ['run', 'receiver.yaml'], workspace),
    startFromSources('agent', 'agent/src/main.ts', ['run', 'lineside.yaml'], workspace),
  ] as const
  const [simulator, receiver, agent] = programs
  try {
    const played = await Promise.race([play(options, uplink, token), ...programs.map(program => program.failed)])
    uplink.restore()
    display.event('stopping: polls end, the rest is sent, the archive is rolled')
    // The agent goes first: it stops its polls and waits for the last receipt.
    await agent.stop(stopDeadlineMs)
    await simulator.stop(stopDeadlineMs)
    await receiver.stop(stopDeadlineMs)
    if (!played.hasValue) return undefined
    return {
      ledger: readLedger(workspace.ledger),
      archive: await readArchive(workspace.archive),
      alarms: played.alarms,
      sourceOf: sourcesOf(workspace.file('lineside.yaml')),
      ...readFinalFigures(workspace.file('agent.log')),
    }
  } finally {
    await Promise.all(programs.map(program => program.stop(2000)))
  }
}

interface Played {
  readonly alarms: Report['alarms']
  readonly hasValue: boolean
}

/** Cuts and restores the uplink by the story and shows what happens, until time is up. Gives the alarms that came. */
async function play(options: DemoOptions, uplink: UplinkSwitch, token: string): Promise<Played> {
  const { workspace, display, seconds, signal } = options
  const startedAt = performance.now()
  let firstValueAt: number | undefined
  let wasCut = false
  let restoredAt: number | undefined
  const raised = new Map<string, Report['alarms'][number]>()
  const events: string[] = []
  const tell = (text: string) => {
    const line = `${String(Math.round((performance.now() - startedAt) / 1000)).padStart(4)} s  ${text}`
    events.push(line)
    display.event(line)
  }
  for (;;) {
    const elapsedMs = performance.now() - startedAt
    if (signal.aborted || (seconds !== undefined && elapsedMs >= seconds * 1000)) {
      // Without anybody who ends it early, the report says what is missing.
      return { alarms: [...raised.values()], hasValue: !signal.aborted || firstValueAt !== undefined }
    }
    const scene = uplinkAt(elapsedMs)
    if (scene.cut !== wasCut) {
      wasCut = scene.cut
      if (scene.cut) uplink.cut()
      else uplink.restore()
      restoredAt = scene.cut ? undefined : performance.now()
      tell(scene.cut ? 'the demo cuts the uplink' : 'the demo plugs the uplink in again')
    }
    const [agent, alarms, arrived] = await Promise.all([
      askAgentStatus(workspace.buffer),
      askAlarms(workspace.buffer),
      askReceiver(workspace.receiverPort, token),
    ])
    if (firstValueAt === undefined && hasValue(agent)) {
      firstValueAt = performance.now()
      tell(`the first value is there, ${((firstValueAt - startedAt) / 1000).toFixed(1)} s after the start`)
    }
    if (restoredAt !== undefined && agent && (agent.buffer.oldestAgeMs ?? 0) < caughtUpMs) {
      tell(
        `the backlog has arrived, ${((performance.now() - restoredAt) / 1000).toFixed(1)} s after the uplink came back`,
      )
      restoredAt = undefined
    }
    for (const alarm of alarms) {
      if (raised.has(alarm.id)) continue
      const raisedAfterMs = Math.round(performance.now() - (firstValueAt ?? startedAt))
      raised.set(alarm.id, { device: alarm.device, alarm: alarm.alarm, raisedAfterMs })
      tell(
        `ALARM ${alarm.priority} ${alarm.device} ${alarm.alarm}: ${alarm.text}${scene.cut ? ' (the uplink is cut)' : ''}`,
      )
    }
    display.show({ elapsedMs, now: Date.now(), uplink: scene, agent, alarms, arrived, events })
    await wait(refreshMs, undefined, { signal }).catch(() => {})
  }
}

function hasValue(agent: AgentStatus | undefined): boolean {
  return agent?.devices.some(device => device.readings.length > 0) ?? false
}
