import { expect, test } from 'vitest'
import { formatProblem } from '@lineside/settings'
import { defaultConfig, parseConfig } from './config.ts'
import { nodeSecrets } from './node-secrets.ts'

const planned = (summary: string) => [{ name: 'archive', summary, prepare: expect.any(Function) }]

function problems(text: string): readonly string[] {
  const loaded = parseConfig('receiver.yaml', text, nodeSecrets({}))
  return loaded.ok ? [] : loaded.problems.map(formatProblem)
}

test('without a word it is an embedded receiver on loopback', () => {
  expect(defaultConfig()).toEqual({
    listen: { host: '127.0.0.1', port: 8443 },
    tls: undefined,
    data: 'receiver-data',
    projections: planned('archive, an object every 1000000 rows or 5m'),
    limits: { memory: 512e6, gatewayRate: 2e6, log: 20e9 },
  })
  const commented = parseConfig('receiver.yaml', '# nothing\n', nodeSecrets({}))
  expect(commented).toMatchObject({ ok: true, config: { data: 'receiver-data', limits: defaultConfig().limits } })
})

test('every key is taken, and paths begin at the folder of the file', () => {
  const text = `
listen: "0.0.0.0:9443"
tls: { cert: server.pem, key: { file: server.key }, client_ca: gateways.pem }
data: /var/lib/receiver
log: embedded
archive: { folder: ./old, roll: { rows: 5000, every: 10s } }
limits: { memory: 1GiB, gateway_rate: 500kB, log: 2TB }
`
  expect(parseConfig('/etc/lineside/receiver.yaml', text, nodeSecrets({}))).toEqual({
    ok: true,
    config: {
      listen: { host: '0.0.0.0', port: 9443 },
      tls: {
        cert: '/etc/lineside/server.pem',
        key: { file: '/etc/lineside/server.key' },
        clientCa: '/etc/lineside/gateways.pem',
      },
      data: '/var/lib/receiver',
      projections: planned('/etc/lineside/old, an object every 5000 rows or 10s'),
      limits: { memory: 2 ** 30, gatewayRate: 500_000, log: 2e12 },
    },
  })
})

test('other machines reach it only with TLS or when that is waived in words', () => {
  expect(problems('listen: "0.0.0.0:8443"')).toEqual([
    expect.stringMatching(/^receiver\.yaml:1:9 listen: 0\.0\.0\.0 is reached from other machines.*; add tls/),
  ])
  expect(problems('listen: "[::]:8443"')).toHaveLength(1)
  expect(problems('listen: "0.0.0.0:8443"\ninsecure: true')).toEqual([])
  expect(problems('listen: "[::1]:8443"')).toEqual([])
})

test('all problems come at once, each with its place and what to write instead', () => {
  const found = problems('lisen: x\nlog: { kafka: [a] }\narchive: { roll: { every: 10 } }\nlimits: { memory: 1MB }\n')
  expect(found).toHaveLength(4)
  expect(found[0]).toMatch(/^receiver\.yaml:1:1 .*listen/)
  expect(found[1]).toMatch(/^receiver\.yaml:2:6 log: this release keeps its log itself; write log: embedded/)
  expect(found[2]).toMatch(/^receiver\.yaml:3:27 archive\.roll\.every: .*10s/)
  expect(found[3]).toMatch(/^receiver\.yaml:4:19 limits\.memory: .*64MB/)
})

test('an archive can be switched off', () => {
  expect(parseConfig('receiver.yaml', 'archive: off', nodeSecrets({}))).toMatchObject({
    ok: true,
    config: { projections: [] },
  })
})
