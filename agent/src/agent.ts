import { messageOf } from '@lineside/contract'
import type { AlarmEntry, Clock, Timer } from '@lineside/contract'
import type { Logger } from 'pino'
import { createSystemAlarms, withSystemAlarms } from './alarms/system.ts'
import { createWatch } from './alarms/watch.ts'
import type { BatchBuffer } from './buffer/api.ts'
import { openBuffer } from './buffer/buffer.ts'
import { findingOf } from './buffer/notices/notice-findings.ts'
import type { ClockKeeper } from './clock/api.ts'
import { openKeeper } from './clock/open-keeper.ts'
import type { TimeService } from './clock/time-service.ts'
import { watchOverClock } from './clock/watch-over.ts'
import type { AgentConfig, CloudConfig, DeviceConfig } from './config/types.ts'
import { describeDevice } from './describe.ts'
import { createDeviceMemory } from './device-memory.ts'
import { serveProbes } from './health/probes.ts'
import { type ControlPlace, openControl, refuseSecond } from './control/place.ts'
import { createView, type Summary, summary } from './hmi/create-view.ts'
import type { ViewSources } from './hmi/sources.ts'
import { createLiveValues } from './pipeline/live-values.ts'
import type { BrokenView } from './hmi/device-view.ts'
import { asEntry, publishToPanels } from './hmi/panels.ts'
import { createSampleFeed } from './pipeline/sample-feed.ts'
import type { AgentView } from './control/view.ts'
import type { DeviceMemory, Intake } from './intake.ts'
import type { Link } from './links/link.ts'
import { createLink } from './links/table.ts'
import { createPipeline } from './pipeline/pipeline.ts'
import { createDeadband } from './poll/deadband.ts'
import { savedKeys, takeUpSaved } from './take-up.ts'
import type { Uplink } from './uplink/api.ts'
import { createPost } from './uplink/http.ts'
import { openPurse, watchOverBudget } from './uplink/open-purse.ts'
import type { Purse } from './uplink/purse.ts'
import { createUplink } from './uplink/uplink.ts'
import { watchOverUplink } from './uplink/watch-uplink.ts'

export interface AgentOptions {
  readonly config: AgentConfig
  readonly version: string
  /** Devices that the configuration has wrong, with what is wrong: they are reported, the others run. */
  readonly broken: readonly BrokenView[]
  /** The machine's own; the agent stamps by a clock that it corrects. */
  readonly clock: Clock
  readonly timeService?: TimeService | undefined
  /** In [0, 1). */
  readonly random: () => number
  /** A new UUID at each call. */
  readonly newId: () => string
  readonly log: Logger
  /** Told of every transition of an alarm, before it is on the disk. */
  readonly onAlarm: (entry: AlarmEntry) => void
  /** Only for proofs, see `BufferOptions`. */
  readonly commitJournal?: string | undefined
}

export interface Agent {
  readonly view: AgentView
  /** Ends the polls, commits, waits for the last receipt as long as that is worth it, and closes. */
  stop(): Promise<Summary>
}

/** How long the end of the agent waits for the last receipt. */
const lastReceiptMs = 15_000
/** Detectors' windows are written this often; alarms at once. */
const snapshotSeconds = 10
/** A healthy agent says nothing else between start and stop. */
const summarySeconds = 3600
/** A link that can't be started is tried again after this long. */
const startAgainMs = 10_000

/** Starts everything in the order in which it is needed; what `stop` does is the reverse. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { config, log, newId } = options
  await using parts = new AsyncDisposableStack()
  const devices = [...config.devices.values()]
  const keeper = parts.use(openKeeper({ ...options, cloud: config.cloud }))
  const { clock } = keeper

  const { path } = config.storage
  const { gateway } = config
  const { commitJournal } = options
  const stamping = () => keeper.stamping()
  const buffer = parts.use(await openBuffer({ ...config.storage, gateway, clock, stamping, log, newId, commitJournal }))
  if (buffer.stats().state === 'failing') await refuseSecond(path)
  sayHello(buffer, options, clock)

  const links: Link[] = []
  const alarmParts = { now: () => clock.now(), newId }
  const system = createSystemAlarms(gateway, alarmParts)
  const rules = devices.flatMap(device => [...device.alarms, ...device.detect])
  const watch = withSystemAlarms(createWatch(rules, alarmParts), gateway, system)
  const live = createLiveValues(config.devices.keys())
  const feed = createSampleFeed()
  const show = (entry: AlarmEntry) => publishToPanels(entry, config, links, log)
  const keepWatch = () => buffer.writeState(savedKeys.watch, watch.snapshot())
  const pipeline = createPipeline({
    clock,
    live,
    feed,
    watch,
    deadbands: new Map(
      devices.filter(hasDeadband).map(device => [device.name, createDeadband(device.points.values())]),
    ),
    buffer,
    announce(entry) {
      options.onAlarm(entry)
      show(entry)
      keepWatch()
      if (entry.device === gateway) buffer.writeState(savedKeys.system, system.snapshot())
    },
  })
  buffer.onNotice(notice => {
    const entry = system.hear(findingOf(notice), clock.monotonic())
    if (entry) pipeline.alarm(entry)
  })
  const memory = createDeviceMemory(config.devices.keys(), text => buffer.writeState(savedKeys.memory, text))
  const { cloud } = config
  const budget = cloud?.monthlyBudget
  const keepSpent = (text: string) => buffer.writeState(savedKeys.purse, text)
  const purse = budget === undefined ? undefined : openPurse(budget, config, keeper, keepSpent)
  const tell = (entry: AlarmEntry) => pipeline.alarm(entry)
  // The broker's retained messages went with the last run, and what is taken up late is news to the panels.
  const showActive = () => watch.list().forEach(alarm => show(asEntry(alarm)))
  let control: ControlPlace | undefined
  let uplink: Uplink | undefined
  let isOpen = false
  const done = () => {
    isOpen = true
    showActive()
    uplink?.start()
    void control?.moveIn()
  }
  await takeUpSaved({ buffer, clock, log, watch, system, memory, purse, tell, show, done })

  const watchClock = watchOverClock({ keeper, buffer, config, system, tell, retry: () => uplink?.tryNow() })
  keeper.start()

  uplink = cloud && parts.use(uplinkOf(cloud, buffer, options, keeper, purse))
  // Nothing can be sent before the buffer is open.
  if (isOpen) uplink?.start()
  const watchers = [purse && watchOverBudget(purse, system, clock), uplink && watchOverUplink(uplink, system, clock)]
  const sources: ViewSources = {
    config,
    broken: options.broken,
    version: options.version,
    clock,
    startedMs: clock.monotonic(),
    links,
    live,
    feed,
    watch,
    buffer,
    uplink,
    keeper,
  }
  const view = createView(sources, pipeline)
  const isHome = () => isOpen && buffer.stats().state === 'ok'
  control = parts.use(await openControl(path, view, isHome, log))
  await serveProbesIfPossible(sources, parts, log)

  for (const link of await createLinks({ ...options, clock }, pipeline, memory)) {
    links.push(parts.use(link))
    parts.use(await startLink(link, options))
  }
  showActive()
  parts.use(
    everySecond(clock, seconds => {
      pipeline.tick()
      watchClock()
      control?.look()
      for (const entry of watchers.map(look => look?.())) if (entry) pipeline.alarm(entry)
      if (seconds % snapshotSeconds === 0) keepWatch()
      if (seconds % summarySeconds === 0) log.info(summary(sources), 'summary')
    }),
  )

  const running = parts.move()
  return {
    view,
    async stop() {
      await using _ = running
      const linksStopped = Promise.allSettled(links.map(link => link.stop()))
      // A broker lets its clients go when their last messages are committed.
      await commit(buffer)
      await linksStopped
      buffer.append('data', { k: 'state', t: clock.now(), scope: 'agent', name: gateway, state: 'stopped' })
      keepWatch()
      purse?.close()
      await commit(buffer)
      const isSent = (await uplink?.flush(lastReceiptMs)) ?? true
      // A request that hangs was waited for; what it holds is sent again.
      if (!isSent) await uplink?.stop(0)
      const { batches, readings } = buffer.stats().waiting
      if (!isSent && batches > 0) {
        log.warn({ batches, readings }, 'not all was sent; it waits on the disk for the next start')
      }
      return summary(sources)
    },
  }
}

function hasDeadband(device: DeviceConfig): boolean {
  return [...device.points.values()].some(point => point.deadband > 0)
}

/** Where the disk refuses at the end, the buffer says at its closing what is lost. */
async function commit(buffer: BatchBuffer): Promise<void> {
  await buffer.commit().catch(() => undefined)
}

/** What the cloud is told at the start of each run. */
function sayHello(buffer: BatchBuffer, { config, broken }: AgentOptions, clock: Clock): void {
  const t = clock.now()
  buffer.describe([...config.devices.values()].map(device => describeDevice(device, t)))
  buffer.append('data', { k: 'state', t, scope: 'agent', name: config.gateway, state: 'started' })
  for (const { device, reason } of broken) {
    buffer.append('data', { k: 'state', t, scope: 'device', name: device, state: 'misconfigured', reason })
  }
}

function uplinkOf(
  cloud: CloudConfig,
  buffer: BatchBuffer,
  { config, clock, random, log }: AgentOptions,
  keeper: ClockKeeper,
  purse: Purse | undefined,
): Uplink {
  return createUplink({
    gateway: config.gateway,
    buffer,
    post: createPost(
      cloud,
      () => keeper.rightTime(),
      () => clock.now(),
    ),
    clock: keeper.clock,
    random,
    log,
    onDate: answer => keeper.heard(answer),
    backlogRate: cloud.backlogRate,
    purse,
  })
}

function createLinks(
  { config, clock, random, log }: AgentOptions,
  intake: Intake,
  memory: DeviceMemory,
): Promise<readonly Link[]> {
  const devices = [...config.devices.values()]
  return Promise.all(
    [...config.links.values()].map(link => {
      const own = devices.filter(device => device.link === link.name)
      return createLink(link, own, { clock, random, log, intake, memory, sharing: devices.length })
    }),
  )
}

/** A link that can't be served, for instance because its port is taken, is tried again and leaves the others alone. */
async function startLink(link: Link, { clock, log, config }: AgentOptions): Promise<Disposable> {
  const devices = [...config.devices.values()].filter(device => device.link === link.name).map(device => device.name)
  let timer: Timer | undefined
  const attempt = async () => {
    try {
      await link.start()
      if (timer) log.info({ link: link.name }, 'link works after all')
    } catch (error) {
      const reason = messageOf(error)
      if (!timer) log.error({ link: link.name, reason, devices }, 'link does not work and is tried again')
      timer = clock.after(startAgainMs, () => void attempt())
    }
  }
  await attempt()
  return { [Symbol.dispose]: () => timer?.cancel() }
}

/** A taken port costs the probes, never the readings. */
async function serveProbesIfPossible(sources: ViewSources, parts: AsyncDisposableStack, log: Logger): Promise<void> {
  try {
    parts.use(await serveProbes(sources))
  } catch (error) {
    const reason = messageOf(error)
    log.error({ reason }, 'no /healthz and no /metrics; see page.listen')
  }
}

function everySecond(clock: Clock, callback: (seconds: number) => void): Disposable {
  let seconds = 0
  let timer = clock.after(1000, tick)
  function tick() {
    timer = clock.after(1000, tick)
    callback(++seconds)
  }
  return { [Symbol.dispose]: () => timer.cancel() }
}
