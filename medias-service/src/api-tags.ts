import type { ApiTag } from '@likeness/service-kit/http'

export const apiTags: ApiTag[] = [
  {
    name: 'Media',
    description: 'Upload, find, change and delete pictures and other files.',
    audience: 'application',
    paths: ['/media'],
  },
  {
    name: 'Versions',
    description: 'The versions of a media. A new file becomes a new version; old versions stay.',
    audience: 'application',
    paths: ['/media/:id/versions'],
  },
  {
    name: 'Files',
    description: 'Download the original of a media, or one of its sizes.',
    audience: 'application',
    paths: ['/media/:id/file', '/media/:id/sizes'],
  },
  {
    name: 'Events',
    description: 'Follow the processing of a media.',
    audience: 'application',
    paths: ['/media/:id/events'],
  },
  {
    name: 'Tags',
    description: 'Labels of media.',
    audience: 'application',
    paths: ['/tags', '/media/:id/tags'],
  },
  {
    name: 'Presets',
    description: 'The sizes in which every picture is rendered.',
    audience: 'application',
    paths: ['/presets'],
  },
  {
    name: 'Jobs',
    description: 'The queues, the workers and the dead jobs.',
    audience: 'operators',
    paths: ['/jobs'],
  },
  {
    name: 'Regenerations',
    description: 'Render the sizes of many pictures again.',
    audience: 'operators',
    paths: ['/regenerations'],
  },
]
