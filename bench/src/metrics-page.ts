/** The agent's /metrics, as it is at this moment. */
export interface MetricsPage {
  /** Sum over all labels, or over those lines that hold `label`. */
  sum(name: string, label?: string): number
}

export async function readMetrics(port: number): Promise<MetricsPage> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return {
    sum(name, label = '') {
      let total = 0
      for (const match of text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))) {
        if ((match[1] ?? '').includes(label)) total += Number(match[2])
      }
      return total
    },
  }
}
