import type { Metrics } from '@likeness/service-kit/process'
import type { Request, Response } from 'express'
import { Counter } from 'prom-client'

/** Counts a delivery of a size or an original when its response ends. */
export type CountDelivered = (file: 'size' | 'original', http: { request: Request; response: Response }) => void

/** Registers the metrics of delivered files. */
export function createDeliveryCounter(metrics: Metrics): CountDelivered {
  const deliveries = new Counter({
    name: 'likeness_deliveries_total',
    help: 'Requests for files by file (size or original) and outcome: sent, not-modified, aborted or rejected.',
    labelNames: ['file', 'outcome'],
    registers: [metrics],
  })
  const bytes = new Counter({
    name: 'likeness_delivered_bytes_total',
    help: 'Bytes of the files that were sent completely, by file: size or original.',
    labelNames: ['file'],
    registers: [metrics],
  })
  return (file, { request, response }) => {
    response.once('close', () => {
      const outcome = outcomeOf(response)
      deliveries.inc({ file, outcome })
      if (outcome === 'sent' && request.method === 'GET') {
        bytes.inc({ file }, Number(response.getHeader('content-length') ?? 0))
      }
    })
  }
}

function outcomeOf({ statusCode, writableFinished }: Response): 'sent' | 'not-modified' | 'aborted' | 'rejected' {
  if (statusCode >= 400) return 'rejected'
  if (!writableFinished) return 'aborted'
  return statusCode === 304 ? 'not-modified' : 'sent'
}
