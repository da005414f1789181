export type * from './profile.ts'
export type * from './decoded.ts'
export { ProfileError, profileErrorCodes, type ProfileErrorCode } from './error.ts'
export * from './modbus/profile.ts'
export type { Readings } from './modbus/readings.ts'
export type { Barrier } from './modbus/plan.ts'
export { compileModbusReader, type ModbusReader, type ReadRequest } from './modbus/reader.ts'
export { compileIdentification, type Identification } from './modbus/identify.ts'
export { findNumber, type NumberMatch, type ShownNumber, shownNumber } from './modbus/find-number.ts'
export {
  interpret,
  type Interpretation,
  type NumberType,
  numberTypes,
  type RegisterImage,
} from './modbus/interpret.ts'
export { addressBases } from './register-list/cells.ts'
export { type NewProfile, profileText } from './register-list/profile-text.ts'
export { readRegisterList, type ListedPoint, type ListOptions } from './register-list/rows.ts'
export { profileName } from './schema.ts'
export { addPoint, type AddedPoint } from './add-point.ts'
export { compileTrial, type Fit, type ProfileTrial, type TrialAnswer } from './modbus/trial.ts'
export { rankFits, type RankedFit } from './modbus/rank-fits.ts'
export { compileModbusWriter, type ModbusCells, type ModbusWriter } from './modbus/writer.ts'
export * from './modbus/frames/exceptions.ts'
export * from './modbus/frames/identification.ts'
export * from './modbus/frames/pdu.ts'
export * from './modbus/frames/mbap.ts'
export * from './modbus/frames/rtu.ts'
export {
  describeNoRtuReply,
  findRtuReply,
  rtuReplyBytes,
  rtuRequestBytes,
  type RtuSearch,
} from './modbus/frames/rtu-reply.ts'
export { type RtuRequest, RtuRequestReader } from './modbus/frames/rtu-requests.ts'
export { crc16 } from './modbus/frames/crc16.ts'
export * from './device.ts'
export type * from './mqtt/profile.ts'
export type * from './serial/profile.ts'
export type { Expected, Params, TextPoint, TextType, UnitFactor } from './values/point.ts'
export { compileMqtt, subscriptions, type CompiledMqtt, type MqttDevice } from './mqtt/compile.ts'
export { encodeAvailability, encodeMqttMessages, type EncodedMessage } from './mqtt/encode.ts'
export { filterProblem, topicMatches, topicProblem } from './mqtt/topic-matches.ts'
export { compileSerial, type CompiledSerial, type SerialDecoded, type SerialRequest } from './serial/compile.ts'
export { createFramer } from './serial/create-framer.ts'
export { decodeWhole, isLoss } from './serial/decode-whole.ts'
export { encodeSerialMessage, type SerialEncodeOptions } from './serial/encode.ts'
export type { Frame, Framer } from './serial/frame.ts'
export { quantise } from './values/point-writer.ts'
export { libraryFolder } from './library.ts'
export { loadProfiles, type LoadedProfiles, type ProfileFile } from './loader.ts'
export { lintProfiles } from './lint.ts'
export { protocols, runProfileTests } from './protocols.ts'
export type { ProfileTestFailure, Protocol } from './protocol.ts'
export { ModbusTables } from './modbus/tables.ts'
export { extendingProfileSchema } from './schema.ts'
export { neededFiles, profileNameOf } from './needed.ts'
