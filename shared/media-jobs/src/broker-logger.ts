/** The part of a logger that a connection needs. The logger of service-kit has it. */
export interface BrokerLogger {
  info(fields: object): void
  warn(fields: object): void
  error(fields: object): void
}
