/** Count, mean and sum of squared deviations of a set of numbers: all that mean and spread need. */
export interface Moments {
  count: number
  mean: number
  m2: number
}

export function noMoments(): Moments {
  return { count: 0, mean: 0, m2: 0 }
}

export function reset(moments: Moments): void {
  moments.count = 0
  moments.mean = 0
  moments.m2 = 0
}

/** Takes one number in (Welford 1962): stable where the mean is large against the spread. */
export function learn(moments: Moments, value: number): void {
  moments.count++
  const delta = value - moments.mean
  moments.mean += delta / moments.count
  moments.m2 += delta * (value - moments.mean)
}

/** Adds the second set to the first (Chan, Golub, LeVeque 1979). */
export function merge(into: Moments, other: Moments): void {
  if (other.count === 0) return
  const count = into.count + other.count
  const delta = other.mean - into.mean
  into.mean += (delta * other.count) / count
  into.m2 += other.m2 + (delta * delta * into.count * other.count) / count
  into.count = count
}

/** Sample standard deviation; 0 for fewer than two numbers. */
export function spreadOf(moments: Moments): number {
  return moments.count < 2 ? 0 : Math.sqrt(Math.max(0, moments.m2) / (moments.count - 1))
}
