export { connectBroker, type Broker } from './broker.ts'
export type { BrokerLogger } from './broker-logger.ts'
export { consumeDead } from './consume-dead.ts'
export { consumeJobs, type Consumer, type JobConsumer, type JobDelivery, type Retry } from './consume-jobs.ts'
export {
  CONTRACT,
  DEAD_QUEUE,
  EXCHANGE,
  InvalidJobError,
  jobQueue,
  parseJob,
  priorities,
  priorityOf,
  renderJobSchema,
  retryQueue,
  retryTiers,
  routingKeys,
  UnknownContractError,
  type JobAttempt,
  type Job,
  type Priority,
  type RenderJob,
  type RoutingKey,
} from './contract.ts'
export type { DeadJob } from './dead-job.ts'
export type { FailureCode, PictureFailureCode } from './failure-codes.ts'
export { openRetryQueues, type RetryQueues } from './free-retries.ts'
export { formatsFor, renditionFormats, type RenditionFormat } from './formats.ts'
export { RequeueError, PermanentError, TransientError } from './outcomes.ts'
export {
  defaultPresets,
  fingerprintedText,
  fingerprintOf,
  PIPELINE_VERSION,
  presetSchema,
  presetsSchema,
  type FocalPoint,
  type Preset,
} from './presets.ts'
export { createPublisher, type Publisher } from './publisher.ts'
export { setUpBroker } from './set-up-broker.ts'
export { createQueueDepths, type QueueDepth, type QueueDepths } from './queue-depths.ts'
