/** Thrown while a pattern is taken apart; the message is the problem, and behind `; ` what to write. */
export class PatternError extends Error {}
