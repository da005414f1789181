import { priorities } from '@lineside/contract'
import { name as linkName, orList, suggest, validate } from '@lineside/settings'
import * as z from 'zod'
import { complain, entryNames, type Resolving, writtenKeys } from './context.ts'
import type { KnownLink } from './links/resolve.ts'
import { kinds, speaks } from './links/table.ts'
import type { NotifyConfig } from './types.ts'

/** Ways to tell people that this version doesn't have. */
const laterWays = ['webhook', 'email', 'relay', 'sms', 'telegram'] as const

const notifyTopic = z
  .string()
  .min(1)
  .max(512)
  .refine(topic => !/[+#]/.test(topic) && !topic.startsWith('/') && !topic.endsWith('/'), {
    error: 'a topic to publish to has no wildcards and neither begins nor ends with /',
  })
  .refine(topic => !/[{}]/.test(topic.replaceAll('{gateway}', '')), {
    error: 'only {gateway} can stand in a topic here',
  })

export const mqttNotify = z.strictObject({
  mqtt: linkName.meta({ description: 'name of a broker or mqtt link' }),
  topic: notifyTopic.default('lineside/{gateway}/alarms'),
  min_priority: z.enum(priorities).default('low'),
})

/** Links that have a broker. */
const withBroker = kinds.filter(kind => speaks(kind, 'mqtt'))

/** Every entry of `notify`. */
export function resolveNotify(
  ctx: Resolving,
  gateway: string,
  links: ReadonlyMap<string, KnownLink>,
): ReadonlyMap<string, NotifyConfig> {
  const all = new Map<string, NotifyConfig>()
  for (const name of entryNames(ctx, 'notify')) {
    const config = resolveOne(ctx, name, gateway, links)
    if (config !== undefined) all.set(name, config)
  }
  return all
}

function resolveOne(
  ctx: Resolving,
  name: string,
  gateway: string,
  links: ReadonlyMap<string, KnownLink>,
): NotifyConfig | undefined {
  const path = ['notify', name]
  const later = writtenKeys(ctx.document, path).find(key => laterWays.some(way => way === key))
  if (later !== undefined) {
    const fix = 'write mqtt: with the name of a broker or mqtt link, and topic:'
    complain(ctx, [...path, later], `${later} is not supported in this version`, fix, 'key')
    return undefined
  }
  const { value, problems } = validate(mqttNotify, ctx.document, { at: path })
  ctx.problems.push(...problems)
  if (value === undefined) return undefined
  const link = links.get(value.mqtt)
  if (link === undefined) {
    if (ctx.isPartial !== true)
      complain(ctx, [...path, 'mqtt'], `there is no link ${value.mqtt}`, suggest(value.mqtt, [...links.keys()]))
    return undefined
  }
  if (link.state === 'usable' && !speaks(link.config.kind, 'mqtt')) {
    complain(ctx, [...path, 'mqtt'], `${value.mqtt} is a ${link.config.kind} link`, `name a ${orList(withBroker)} link`)
    return undefined
  }
  const topic = value.topic.replaceAll('{gateway}', gateway)
  return { kind: 'mqtt', name, link: value.mqtt, topic, minPriority: value.min_priority }
}
