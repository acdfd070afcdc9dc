/**
 * Programs of classic BPF, as seccomp runs them for each system call (the kernel's userspace-api/seccomp_filter.rst and
 * networking/filter.rst). A program reads a struct seccomp_data, and returns an action.
 */
export interface Instruction {
  code: number
  /** Number of instructions to skip when the condition is true, and when it is false. At most 255. */
  whenTrue: number
  whenFalse: number
  operand: number
  /** Names an operand that is only known later. */
  later?: string
}

const LOAD = 0x20
const JUMP_IF_EQUAL = 0x15
const JUMP_IF_GREATER_OR_EQUAL = 0x35
const JUMP_IF_ANY_BIT = 0x45
const RETURN = 0x06

/** Offsets in struct seccomp_data. Of an argument, the lower 32 bits come first, because x64 and arm64 are little-endian. */
export const NUMBER = 0
export const ARCHITECTURE = 4
export const argument = (index: number): number => 16 + index * 8
export const upperHalf = (offset: number): number => offset + 4

const instruction = (code: number, operand: number, whenTrue = 0, whenFalse = 0): Instruction => ({
  code,
  whenTrue,
  whenFalse,
  operand,
})

export const load = (offset: number): Instruction => instruction(LOAD, offset)

/** The call is made. */
export const allow: Instruction = instruction(RETURN, 0x7fff_0000)
/** The call is not made, and returns an error. */
export const fail = (errno: number): Instruction => instruction(RETURN, 0x0005_0000 | errno)
/** The process is killed. */
export const killProcess: Instruction = instruction(RETURN, 0x8000_0000)

/** Runs `then` if the loaded value equals a number. */
export function ifEqual(value: number, then: readonly Instruction[]): Instruction[] {
  return [instruction(JUMP_IF_EQUAL, value, 0, then.length), ...then]
}

/** Runs `then` if the loaded value does not equal a number. */
export function unlessEqual(value: number, then: readonly Instruction[]): Instruction[] {
  return [instruction(JUMP_IF_EQUAL, value, then.length, 0), ...then]
}

/** Runs `then` if the loaded value equals a number that the launcher inserts (`render-launcher.cts`). */
export function ifEqualLater(later: string, then: readonly Instruction[]): Instruction[] {
  return [{ ...instruction(JUMP_IF_EQUAL, 0, 0, then.length), later }, ...then]
}

export function ifAtLeast(value: number, then: readonly Instruction[]): Instruction[] {
  return [instruction(JUMP_IF_GREATER_OR_EQUAL, value, 0, then.length), ...then]
}

/** Runs `then` if the loaded value has any of the bits. */
export function ifAnyBit(bits: number, then: readonly Instruction[]): Instruction[] {
  return [instruction(JUMP_IF_ANY_BIT, bits, 0, then.length), ...then]
}

/** The instructions as an array of struct sock_filter. */
export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, { code, whenTrue, whenFalse, operand }] of program.entries()) {
    if (whenTrue > 255 || whenFalse > 255) throw new RangeError(`The jump of instruction ${index} is too long.`)
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(whenTrue, index * 8 + 2)
    bytes.writeUInt8(whenFalse, index * 8 + 3)
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4)
  }
  return bytes
}

/** The offsets of the operands with a name, in the assembled program. */
export function offsetsOf(program: readonly Instruction[], later: string): number[] {
  return program.flatMap((each, index) => (each.later === later ? [index * 8 + 4] : []))
}
