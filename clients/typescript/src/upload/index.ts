export type { UploadProgress } from './send-with-progress.ts'
export { upload, type UploadOptions } from './upload.ts'
