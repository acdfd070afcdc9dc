/** As much of a logger as a connection needs; service-kit's fits. */
export interface BrokerLogger {
  info(fields: object): void
  warn(fields: object): void
  error(fields: object): void
}
