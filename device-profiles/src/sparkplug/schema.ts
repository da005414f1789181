import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { profileShape, snakeName } from '../schema.ts'
import { expected, testParams, textPointShape } from '../values/schema.ts'
import { scalarTypes } from './datatypes.ts'

const metricName = z
  .string()
  .min(1)
  .max(256)
  .meta({ description: 'name of the metric as the birth gives it, with {param}', examples: ['Inputs/Pressure'] })

const datatype = z.enum(scalarTypes)

/** A whole Sparkplug profile as it is written, its shape alone. */
export const sparkplugShape = z.strictObject({
  ...profileShape,
  protocol: z.literal('sparkplug'),
  silent_after: durationBetween('10s', '30d').optional().meta({
    description: 'stale after so much silence; else only deaths say that the device is gone',
  }),
  points: z.record(
    snakeName,
    z.strictObject({
      metric: metricName,
      datatype: datatype.optional().meta({ description: 'what a simulated node sends; else what suits the type' }),
      ...textPointShape,
    }),
  ),
  tests: z
    .array(
      z.strictObject({
        metrics: z.record(
          z.string(),
          z.strictObject({ type: datatype, value: z.union([z.number(), z.string(), z.boolean(), z.null()]) }),
        ),
        params: testParams,
        expect: z.record(snakeName, expected).default({}),
        source: z.string().optional(),
      }),
    )
    .default([]),
})

export type RawSparkplug = z.output<typeof sparkplugShape>
