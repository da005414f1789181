export type * from './profile.ts'
export type * from './decoded.ts'
