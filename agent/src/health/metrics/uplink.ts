import { counter, gauge, type Metrics } from './metric.ts'

/** Absent where there is no receiver; those of the budget, where there is no budget. */
export const uplinkMetrics: Metrics = {
  lineside_uplink_requests_total: counter('Requests sent to the receiver', m => m.uplink?.requests),
  lineside_uplink_failures_total: counter('Requests without a receipt', m => m.uplink?.failures),
  lineside_uplink_failing_seconds: gauge('For how long the receiver has taken nothing; 0 while it does', m =>
    m.uplink === undefined ? undefined : (m.uplink.failingForMs ?? 0) / 1000,
  ),
  lineside_uplink_wire_bytes_total: counter(
    'Bytes to the receiver and back, as the budget counts them',
    m => m.uplink?.wireBytes,
  ),
  lineside_uplink_acknowledged_batches_total: counter('Batches that a receipt covered', m => m.uplink?.ackedBatches),
  lineside_uplink_rejected_batches_total: counter('Batches that the receiver rejected', m => m.uplink?.rejectedBatches),
  lineside_uplink_budget_bytes: gauge('Bytes that may be sent this month', m => m.uplink?.budget?.budgetBytes),
  lineside_uplink_budget_spent_bytes: gauge('Bytes of it that are spent', m => m.uplink?.budget?.spentBytes),
  lineside_uplink_budget_wait_seconds: gauge('Until data may be sent again', m =>
    m.uplink?.budget === undefined ? undefined : m.uplink.budget.waitMs / 1000,
  ),
}
