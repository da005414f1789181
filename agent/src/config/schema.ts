import { didYouMean, durationBetween, endpoint, name, secretRef, size } from '@lineside/settings'
import * as z from 'zod'
import { isLoopback } from './loopback.ts'

const text = z.string().min(1)

const timezone = text
  .refine(isTimezone, {
    error: issue => `${JSON.stringify(issue.input)} is not a time zone; ${timezoneFix(issue.input)}`,
  })
  .meta({ description: 'IANA time zone of the plant', examples: ['Europe/Berlin'] })

function timezoneFix(written: unknown): string {
  const zones = Intl.supportedValuesOf('timeZone')
  const city = `/${String(written).trim().replaceAll(' ', '_').toLowerCase()}`
  const near = zones.find(zone => zone.toLowerCase().endsWith(city)) ?? didYouMean(String(written), zones)
  return near === undefined ? 'write for instance Europe/Berlin or UTC' : `did you mean ${near}?`
}

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const receiverUrl = text
  .transform((written, ctx): URL => {
    const url = URL.canParse(written) ? new URL(written) : undefined
    const refusal =
      url === undefined ? 'is not a URL; write for instance https://receiver.example:8443' : urlRefusal(url)
    if (url !== undefined && refusal === undefined) return url
    // A URL with a password in it is not shown.
    const shown = written.includes('@') ? 'the URL ' : `"${written}" `
    ctx.issues.push({ code: 'custom', input: written, message: `${shown}${refusal ?? ''}` })
    return z.NEVER
  })
  .meta({ description: 'where the cloud receiver listens', examples: ['https://receiver.example:8443'] })

function urlRefusal(url: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is not an https URL; write https://host:port'
  if (url.username !== '' || url.password !== '') return 'holds a user or password; write the token under token'
  if (url.search !== '' || url.hash !== '') return 'holds more than host, port and path; remove what begins with ? or #'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'would send the token unencrypted; write https:// (http:// is for this machine only)'
  }
  return undefined
}

const proxyUrl = text
  .transform((written, ctx): URL => {
    const url = URL.canParse(written) ? new URL(written) : undefined
    if (url?.protocol === 'http:' && url.username === '' && url.password === '') return url
    const shown = written.includes('@')
      ? 'the proxy holds a user or password'
      : `"${written}" is not the URL of an HTTP proxy`
    ctx.issues.push({ code: 'custom', input: written, message: `${shown}; write http://host:port` })
    return z.NEVER
  })
  .meta({ description: 'HTTP proxy towards the receiver', examples: ['http://proxy.example:3128'] })

const leastBudget = 10_000_000
const cloud = z
  .strictObject({
    url: receiverUrl,
    token: secretRef,
    ca: text.optional().meta({
      description: 'PEM file of the only certificate authorities that may vouch for the receiver; else the public ones',
    }),
    client_cert: z
      .strictObject({ cert: text, key: secretRef })
      .optional()
      .meta({ description: 'certificate that the gateway shows the receiver, PEM files' }),
    proxy: proxyUrl.optional(),
    backlog_rate: size
      .refine(bytes => bytes >= 1000, { error: 'the backlog would never end; write at least 1kB' })
      .optional()
      .meta({
        description: 'most bytes a second for what an outage left behind; alarms and the newest data have no cap',
        examples: ['200kB'],
      }),
    monthly_budget: size
      .refine(bytes => bytes >= leastBudget, { error: 'not even names and alarms would fit; write at least 10MB' })
      .optional()
      .meta({
        description: "most bytes a calendar month in the plant's time zone, spent evenly; alarms go in any case",
        examples: ['2GB'],
      }),
  })
  .meta({ description: 'the cloud receiver; leave it out for a gateway without a cloud' })

const leastBuffer = 16_000_000
const storage = z
  .strictObject({
    path: text.default('/var/lib/lineside').meta({ description: 'folder of the buffer' }),
    max_size: size
      .refine(bytes => bytes >= leastBuffer, { error: 'the buffer would be too small; write at least 16MB' })
      .default(2_000_000_000)
      .meta({
        description: 'all files of the buffer together; beyond it the oldest readings are thinned, then let go',
      }),
    max_age: durationBetween('1h', '3650d')
      .optional()
      .meta({ description: 'what has waited for longer goes, and a gap reports it', examples: ['90d'] }),
    min_free: size
      .default(100_000_000)
      .meta({ description: 'the buffer does not grow while its file system has less free; 0B for no floor' }),
    commit_every: durationBetween('100ms', '60s').default(1000),
  })
  .meta({ description: 'the buffer on disk' })

const page = z
  .strictObject({ listen: endpoint(8080).default({ host: '127.0.0.1', port: 8080 }) })
  .meta({ description: 'where /healthz and /metrics are served' })

/** Schemas of the four maps of named entries. */
export interface Sections {
  readonly links: z.ZodType
  readonly templates: z.ZodType
  readonly devices: z.ZodType
  readonly notify: z.ZodType
}

/**
 * The whole of lineside.yaml. Its maps of named entries are parameters: the agent judges them entry by entry, so that
 * one of them can be wrong alone, while an editor wants to know them all.
 */
export function configSchema(sections: Sections) {
  return z.strictObject({
    gateway: name.meta({ description: 'name of this gateway, the same as its credential has at the receiver' }),
    include: z.array(text).default([]).meta({ description: 'files or patterns whose maps are merged in' }),
    profiles: text.optional().meta({ description: 'folder of own device profiles' }),
    timezone: timezone.default('UTC'),
    cloud: cloud.optional(),
    storage: storage.prefault({}),
    links: sections.links,
    templates: sections.templates,
    devices: sections.devices,
    notify: sections.notify,
    page: page.prefault({}),
  })
}

/** Maps that may be spread over included files. */
export const mergeableMaps = ['links', 'templates', 'devices', 'notify'] as const
