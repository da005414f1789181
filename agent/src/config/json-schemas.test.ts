import { expect, test } from 'vitest'
import { editorSchemas } from './json-schemas.ts'

test('describes lineside.yaml to an editor down to the alarms of a device', () => {
  const schema = editorSchemas()['lineside.schema.json']
  expect(schema).toMatchObject({
    title: 'lineside.yaml',
    required: ['gateway'],
    additionalProperties: false,
    properties: {
      timezone: { type: 'string' },
      links: { additionalProperties: { anyOf: expect.any(Array) } },
      devices: {
        additionalProperties: {
          properties: {
            every: { type: 'string' },
            alarms: {
              additionalProperties: {
                anyOf: [{ const: 'default' }, { required: ['point'], properties: { on_delay: { type: 'string' } } }],
              },
            },
          },
        },
      },
    },
  })
})

test('describes device profiles of every protocol', () => {
  const schema = editorSchemas()['profile.schema.json']
  const protocols = JSON.stringify(schema).match(/"const":"(modbus|serial|mqtt)"/g)
  expect(new Set(protocols).size).toBe(3)
})
