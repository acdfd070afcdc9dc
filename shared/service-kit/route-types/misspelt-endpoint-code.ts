import type { Endpoint } from '@likeness/internal-api'

export const endpoint: Endpoint = {
  method: 'get',
  path: '/internal/tools',
  answers: { 204: null },
  problems: ['email-takn'],
}
