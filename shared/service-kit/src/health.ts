export { createHealthApp } from './http/health-app.ts'
export type { HealthCheck, LivenessCheck } from './http/health.ts'
