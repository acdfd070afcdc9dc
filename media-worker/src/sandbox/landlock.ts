/** The rights of Landlock to files (linux/landlock.h), each with the version of its interface. */
const EXECUTE = 1 << 0
const WRITE_FILE = 1 << 1
const READ_FILE = 1 << 2
const READ_DIR = 1 << 3
const REMOVE_FILE = 1 << 5
const MAKE_REG = 1 << 8
const REFER = 1 << 13
const TRUNCATE = 1 << 14
const IOCTL_DEV = 1 << 15
/** All rights of the first version. */
const FIRST = (1 << 13) - 1

/** The rights that a rule for a file can have. Other rights are for folders only. */
const FILE_ONLY = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

const BIND_AND_CONNECT_TCP = 0b11
const ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

/** What the launcher passes to Landlock. */
export interface LandlockRules {
  /** The fields of struct landlock_ruleset_attr. Everything that they list is denied without a rule. */
  handled: [files: number, network: number, scopes: number]
  /** The rights to a file, or to a folder with everything in it. Paths that do not exist are skipped. */
  rules: [path: string, rights: number][]
  /** The rights that a rule for a file can have. */
  fileRights: number
}

export interface AllowedFiles {
  /** Files, and folders with everything in them. */
  read: readonly string[]
  execute: readonly string[]
  /** A folder in which libvips can create files. */
  temporary: { folder: string; named: boolean } | null
}

/**
 * Everything that is not allowed is denied: files, TCP, abstract sockets and signals of other processes.
 *
 * @param version of the interface, at least 1. Older kernels cannot deny everything; seccomp-filter.ts denies the rest.
 */
export function landlockRules(version: number, { read, execute, temporary }: AllowedFiles): LandlockRules {
  const files = FIRST | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0) | (version >= 5 ? IOCTL_DEV : 0)
  const created = READ_FILE | WRITE_FILE | TRUNCATE
  const rules: [string, number][] = [
    ...read.map((path): [string, number] => [path, READ_FILE | READ_DIR]),
    ...execute.map((path): [string, number] => [path, READ_FILE | EXECUTE]),
    ...(temporary
      ? [[temporary.folder, created | (temporary.named ? MAKE_REG | REMOVE_FILE : 0)] satisfies [string, number]]
      : []),
  ]
  return {
    handled: [files, version >= 4 ? BIND_AND_CONNECT_TCP : 0, version >= 6 ? ABSTRACT_SOCKETS_AND_SIGNALS : 0],
    rules: rules.map(([path, rights]) => [path, rights & files]),
    fileRights: FILE_ONLY,
  }
}
