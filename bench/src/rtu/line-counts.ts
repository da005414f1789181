/** What a line counts, in the order in which its thread keeps it. */
export const countNames = ['requests', 'answers', 'turnaroundMs', 'lateMs', 'collisions', 'tooSoon'] as const

/**
 * Times are sums. `turnaroundMs`: from the last byte of a request at the device to the first byte of its answer.
 * `lateMs`: by which the line itself was late with the ends of frames. `tooSoon`: requests without 3.5 characters of
 * silence before them.
 */
export type LineCounts = Readonly<Record<(typeof countNames)[number], number>>
