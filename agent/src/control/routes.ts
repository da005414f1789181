import { z } from 'zod'

const name = z.string().min(1).max(128)
const nothing = z.undefined()

/** Most batches that one order lets out of quarantine. */
export const mostNumbers = 400

/** How to ask the running agent, and what goes with the question; what it answers is in `answers.ts`, under the same name. */
export const routes = {
  status: { method: 'GET', path: '/status', order: nothing },
  /** How busy each line is on which devices are polled, and whether it keeps its intervals. */
  bus: { method: 'GET', path: '/bus', order: nothing },
  /** Those that are not normal. */
  alarms: { method: 'GET', path: '/alarms', order: nothing },
  acknowledge: { method: 'POST', path: '/acknowledge', order: z.strictObject({ device: name, alarm: name, by: name }) },
  /** Lets batches out of quarantine, by the numbers they have there. */
  unquarantine: {
    method: 'POST',
    path: '/unquarantine',
    order: z.strictObject({ numbers: z.array(z.int().positive()).min(1).max(mostNumbers) }),
  },
  /** Reads points of a device now; without names all that are configured. */
  read: {
    method: 'POST',
    path: '/read',
    order: z.strictObject({ device: name, points: z.array(name).max(100) }),
    // A long list of points on a slow line, each of which stays silent.
    timeoutMs: 120_000,
  },
} as const satisfies Readonly<Record<string, Route>>

interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly order: z.ZodType
  /** How long the answer may take, where that is longer than usual. */
  readonly timeoutMs?: number
}

export type RouteName = keyof typeof routes
export const routeNames = Object.keys(routes).filter(isRouteName)
export type Order<Name extends RouteName> = z.output<(typeof routes)[Name]['order']>

function isRouteName(key: string): key is RouteName {
  return Object.hasOwn(routes, key)
}

/** The first thing that is wrong, and where. */
export function issueText({ issues: [issue] }: z.ZodError): string {
  return [...(issue?.path ?? []), issue?.message].join(': ')
}

const names = z.union([name, z.array(name).max(1000)]).default([])

/** Lines of what is read, as it is read, for as long as somebody listens; of all devices where none is named. */
export const samplesRoute = { path: '/samples', query: z.strictObject({ device: names, point: names }) } as const
