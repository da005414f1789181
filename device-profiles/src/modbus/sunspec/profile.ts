import type { CarrierType, ModbusType } from '../types.ts'

/** A model as the SunSpec Alliance numbers and defines it. */
export interface SunspecModel {
  readonly id: number
  /** Registers behind ID and length; of a model with blocks: those in front of the first. */
  readonly length: number
  /** Registers that come again and again behind the others, one block for each tracker or string. */
  readonly blocks?: SunspecBlocks
}

export interface SunspecBlocks {
  readonly length: number
  /** Blocks that points are made for; a device that has more shows the first ones. */
  readonly most: number
  /** Register that counts them, from the model's ID register; without it the length of the model tells. */
  readonly countAt?: number
}

/** Where a point lies in a model, and as what. */
export interface SunspecPlace {
  /** Any of these, which have it at the same place. */
  readonly models: readonly number[]
  /** Registers from the model's ID register; of a block from its first. */
  readonly at: number
  /** Of which block, from 0. */
  readonly block?: number
  readonly type: ModbusType
  readonly count: number
  readonly carrier: CarrierType
  readonly notAvailable: readonly (number | bigint)[]
  /** Register of the power of ten, from the model's ID register. */
  readonly scaleAt?: number
}

/** A model as it was found in a device. */
export interface ChainModel {
  readonly id: number
  /** Of its ID register, zero-based. */
  readonly address: number
  /** Registers behind ID and length, as the device says. */
  readonly length: number
  /** 0 where it has none. */
  readonly blocks: number
}

/** The models of one device. */
export interface SunspecChain {
  /** Where the marker is. */
  readonly base: number
  readonly models: readonly ChainModel[]
}

/** What makes a Modbus profile one for SunSpec devices. */
export interface Sunspec {
  readonly models: ReadonlyMap<number, SunspecModel>
  /** Param that says which of several models with one number is meant, from 1; absent: the first. */
  readonly whichFrom?: string
  /** What a device is taken to have as long as nobody has looked. */
  readonly usual: SunspecChain
  /** The chain that the points of this profile lie in. */
  readonly chain: SunspecChain
}
