import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  logInAdministrator,
  makeCameraPicture,
  registerSomebody,
  runStatement,
  send,
  settled,
  sharedSystem,
  truncatePicture,
  upload,
  type Person,
  type System,
} from '@likeness/test-kit'

describe('When medias-service and the workers have only the rights of production', () => {
  let system: System
  let ada: Person
  let operator: string
  beforeAll(async () => {
    system = await sharedSystem()
    ada = await registerSomebody(system)
    operator = (await logInAdministrator(system)).accessToken
  })

  const api = (method: string, path: string, body?: unknown) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, { token: operator, ...(body === undefined ? {} : { body }) })
  /** The dead jobs of a media. */
  const deadJobs = async (mediaId: string) => (await api('GET', `/jobs/dead?mediaId=${mediaId}`)).body.data

  it('then a picture is rendered, rendered again, and deleted with its files', async () => {
    const { bytes } = await makeCameraPicture({ hue: 12 })
    const { body: media } = await upload(system, ada.accessToken, { bytes, name: 'lake.jpg' })
    expect((await settled(system, ada.accessToken, media.id)).status).toBe('ready')
    expect((await api('POST', `/media/${media.id}/reprocess`)).status).toBe(202)
    expect((await settled(system, ada.accessToken, media.id)).status).toBe('ready')
    expect((await api('DELETE', `/media/${media.id}?permanent=true`)).status).toBe(204)
  })

  it('then a damaged picture becomes a dead job, which can be requeued and discarded', async () => {
    const { bytes } = truncatePicture(await makeCameraPicture({ hue: 24 }))
    const { body: media } = await upload(system, ada.accessToken, { bytes, name: 'cut.jpg' })
    expect((await settled(system, ada.accessToken, media.id)).status).toBe('failed')
    const [first] = await deadJobs(media.id)
    expect(first.code).toBe('corrupt-image')

    expect((await api('POST', `/jobs/dead/${first.id}/requeue`)).body).toEqual({ requeued: 1 })
    const second = await eventually(
      async () => {
        const [job] = await deadJobs(media.id)
        expect(job?.id).not.toBe(first.id)
        expect(job?.code).toBe('corrupt-image')
        return job
      },
      { limitMs: 60_000 },
    )
    expect((await api('DELETE', `/jobs/dead/${second.id}`)).status).toBe(204)
  })

  it('then the fleet can be paused and read', async () => {
    expect((await api('GET', '/jobs/stats')).body.queues[0].waiting).not.toBeNull()
    expect((await api('POST', '/jobs/pause')).status).toBe(200)
    expect((await api('POST', '/jobs/resume')).status).toBe(200)
  })

  it('then nobody but this test uses the owner of mediasdb, and no right is missing', async () => {
    const sessions = await runStatement(
      system.mediasDbUrl,
      `SELECT DISTINCT usename, split_part(application_name, ' ', 1) AS program FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY 1, 2`,
    )
    expect(sessions).toEqual(
      expect.arrayContaining([
        { usename: 'media_worker', program: 'media-worker' },
        { usename: 'medias_service', program: 'medias-service' },
      ]),
    )
    expect(sessions.filter((row) => (row as { usename: string }).usename === 'likeness')).toEqual([])
    const lines = [system.medias, ...system.workers].flatMap(({ log }) => log).map((line) => JSON.stringify(line))
    expect(lines.filter((line) => /permission denied|ACCESS_REFUSED/.test(line))).toEqual([])
  })
})
