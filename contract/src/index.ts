export * from './clock.ts'
export * from './entry.ts'
export * from './sample.ts'
