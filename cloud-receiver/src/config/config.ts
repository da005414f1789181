import * as z from 'zod'
import { endpoint, formatProblem, parseDocument, resolvePath } from '@lineside/settings'
import { secretRef, size, sortProblems, validate } from '@lineside/settings'
import type { Endpoint, Problem, SecretReader, SecretRef } from '@lineside/settings'
import { isLoopback } from './loopback.ts'
import { createPlanSite } from './plan-site.ts'
import type { MakePlan, PlannedProjection, PlanSite } from '../projections/projection.ts'
import { projectionKinds } from '../projections/table.ts'

export interface TlsConfig {
  readonly cert: string
  readonly key: SecretRef
  /** Gateways must then show a certificate of it, beside their token. */
  readonly clientCa: string | undefined
}

/** What receiver.yaml says, with every default in place and paths that hold from the working folder. */
export interface ReceiverConfig {
  readonly listen: Endpoint
  readonly tls: TlsConfig | undefined
  readonly data: string
  /** Those that are not switched off, in the order of the table. */
  readonly projections: readonly PlannedProjection[]
  readonly limits: {
    /** For request bodies that are being read, decoded or stored, in bytes. */
    readonly memory: number
    /** Compressed bytes a second that one gateway may send over time. */
    readonly gatewayRate: number
    /** What the log may take on the disk, in bytes. */
    readonly log: number
  }
}

const path = z.string().min(1)

const tls = z.strictObject({
  cert: path.meta({ description: 'the certificate with its chain, PEM' }),
  key: secretRef.meta({ description: 'its key, PEM: { file: path } or { env: NAME }', secret: true }),
  client_ca: path.optional().meta({ description: 'gateways must show a certificate of it, beside their token; PEM' }),
})

const limits = z.strictObject({
  memory: size
    .refine(bytes => bytes >= 64e6, { error: 'too little for one request; write at least 64MB' })
    .prefault('512MB')
    .meta({ description: 'memory for requests under way' }),
  gateway_rate: size
    .refine(bytes => bytes >= 1000, { error: 'slower than one batch a second; write at least 1kB' })
    .prefault('2MB')
    .meta({ description: 'compressed bytes a second that one gateway may send over time' }),
  log: size
    .refine(bytes => bytes >= 64e6, { error: 'too little for a log; write at least 64MB' })
    .prefault('20GB')
    .meta({ description: 'what the log may take on the disk; what no projection needs any more goes first' }),
})

/** Each kind of projection brings its key and what may stand there. */
const projectionSettings = Object.fromEntries(projectionKinds.map(({ name, settings }) => [name, settings]))

/** What receiver.yaml may hold. */
export const configSchema = z
  .strictObject({
    listen: endpoint(8443)
      .prefault('127.0.0.1:8443')
      .meta({ description: 'where gateways come to: host and port; a host that others reach needs tls, or insecure' }),
    insecure: z.boolean().default(false).meta({ description: 'other machines may come without TLS: a proxy adds it' }),
    tls: tls.optional().meta({ description: 'https' }),
    data: path.default('./receiver-data').meta({ description: 'folder of the log and the tokens' }),
    log: z
      .literal('embedded', { error: 'this release keeps its log itself; write log: embedded' })
      .default('embedded')
      .meta({ description: 'where entries are kept until projections have them' }),
    ...projectionSettings,
    limits: limits.prefault({}).meta({ description: 'what the receiver takes' }),
  })
  .superRefine(({ listen, tls: secured, insecure }, context) => {
    if (secured !== undefined || insecure || isLoopback(listen.host)) return
    context.addIssue({
      code: 'custom',
      path: ['listen'],
      message: `${listen.host} is reached from other machines, and without tls everyone on the way reads the tokens; add tls, or insecure: true behind a proxy that adds it`,
    })
  })

export type LoadedConfig =
  | { readonly ok: true; readonly config: ReceiverConfig }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads receiver.yaml; all problems in one pass. An empty file means the defaults. */
export function parseConfig(file: string, text: string, secrets: SecretReader): LoadedConfig {
  const blank = text.replaceAll(/^\s*#.*$/gm, '').trim() === ''
  const parsed = parseDocument(file, blank ? '{}' : text)
  const { document } = parsed
  // What would be said beside a mistake in the form of the file may come from that.
  if (document === undefined || parsed.damage !== undefined) return { ok: false, problems: parsed.problems }
  const judged = validate(configSchema, document)
  const problems = [...parsed.problems, ...judged.problems]
  if (judged.value === undefined || problems.length > 0) return { ok: false, problems }
  const { listen, tls: secured, data, limits: bounds, ...others } = judged.value
  const at = (written: string) => resolvePath(file, written)
  const projections = planProjections(others, name => createPlanSite(name, document, secrets, problems))
  if (problems.length > 0) return { ok: false, problems: sortProblems(problems) }
  return {
    ok: true,
    config: {
      listen,
      tls: secured && {
        cert: at(secured.cert),
        key: 'file' in secured.key ? { file: at(secured.key.file) } : secured.key,
        clientCa: secured.client_ca === undefined ? undefined : at(secured.client_ca),
      },
      data: at(data),
      projections,
      limits: { memory: bounds.memory, gatewayRate: bounds.gateway_rate, log: bounds.log },
    },
  }
}

function planProjections(
  judged: Readonly<Record<string, unknown>>,
  siteOf: (name: string) => PlanSite,
): PlannedProjection[] {
  return projectionKinds.flatMap(({ name }) => {
    const plan = judged[name]
    return isPlan(plan) ? (plan(siteOf(name)) ?? []) : []
  })
}

function isPlan(value: unknown): value is MakePlan {
  return typeof value === 'function'
}

/** What holds without a file. */
export function defaultConfig(): ReceiverConfig {
  const loaded = parseConfig('receiver.yaml', '', { file: () => undefined, env: () => undefined })
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}
