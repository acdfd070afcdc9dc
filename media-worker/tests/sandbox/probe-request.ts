/** What a test tells the probe. */
export interface ProbeRequest {
  /** A folder that the process can read, with the files `source` and `target` and the folder `empty`. */
  readable: string
  /** A folder that the process cannot read, with the same content. */
  unreadable: string
  /** Files that the process must not read. */
  secrets: string[]
  /** Another process of the same user. */
  neighbour: number
  /** The port of a server on 127.0.0.1, and the names of a Unix socket and of an abstract one. */
  port: number
  socket: string
  abstractSocket: string
  /** The names of the attempts; default: all. */
  only?: string[] | undefined
}

/** What the probe tries, by its name. */
export type Attempts = Record<string, () => unknown>

/** For each attempt `denied`, `done`, or the code of another error. */
export type ProbeResults = Record<string, string>
