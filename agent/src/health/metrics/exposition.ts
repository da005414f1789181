import type { Measured, Metrics, Row } from './metric.ts'

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** What Prometheus is given: its text format 0.0.4. */
export function expose(metrics: Metrics, measured: Measured): string {
  const texts = Object.entries(metrics).map(([name, metric]) => {
    const lines = metric.rows(measured).map(row => lineOf(name, row))
    const help = metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${metric.kind}`, ...lines].join('\n')
  })
  return `${texts.join('\n\n')}\n`
}

function lineOf(name: string, { part, labels, value }: Row): string {
  const pairs = Object.entries(labels).map(([label, of]) => `${label}="${escaped(of)}"`)
  const whole = part === undefined ? name : `${name}_${part}`
  return `${whole}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
