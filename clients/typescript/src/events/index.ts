export { mediaEvents, type MediaEvent, type MediaEventsOptions } from './media-events.ts'
export { MediaFailedError, whenReady } from './when-ready.ts'
