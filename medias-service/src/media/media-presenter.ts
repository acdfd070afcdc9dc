import { defaultPresets, fingerprintOf, type FocalPoint, type Preset } from '@likeness/media-jobs'

import type { SizeJson, VersionJson } from '../versions/version-rows.ts'
import type { MediaRow } from './media-rows.ts'

const presets = new Map<string, Preset>(defaultPresets.map((preset) => [preset.name, preset]))

/** The representation of a media, the same wherever one is answered. */
export function presentMedia(media: MediaRow) {
  const focalPoint = focalPointOf(media)
  const version = media.current_version
  return {
    id: media.id,
    ownerId: media.owner_id,
    title: media.title,
    alt: media.alt,
    filename: media.filename,
    mimeType: media.mime_type,
    kind: media.kind,
    visibility: media.visibility,
    status: media.status,
    focalPoint,
    tags: media.tags,
    currentVersion: version ? presentVersion(media, version) : null,
    trashedAt: media.trashed_at?.toISOString() ?? null,
    createdAt: media.created_at.toISOString(),
    updatedAt: media.updated_at.toISOString(),
  }
}

export function presentVersion(media: MediaRow, version: VersionJson) {
  const focalPoint = focalPointOf(media)
  return {
    number: version.number,
    sha256: version.sha256,
    bytes: version.bytes,
    width: version.width,
    height: version.height,
    format: version.format,
    animated: version.animated,
    hasAlpha: version.hasAlpha,
    thumbhash: version.thumbhash,
    dominantColor: version.dominantColor,
    status: version.status,
    error: version.errorCode ? { code: version.errorCode, message: version.errorMessage ?? '' } : null,
    derivedFrom: version.derivedFrom,
    operations: version.operations,
    sizes: version.sizes.map((size) => presentSize(media.id, version.number, size, focalPoint)),
    createdAt: new Date(version.createdAt).toISOString(),
  }
}

function presentSize(mediaId: string, number: number, size: SizeJson, focalPoint: FocalPoint | null) {
  const preset = presets.get(size.preset)
  return {
    preset: size.preset,
    format: size.format,
    width: size.width,
    height: size.height,
    bytes: size.bytes,
    url: `/api/v1/media/${mediaId}/sizes/${size.preset}.${size.format}?v=${number}`,
    stale: !preset || fingerprintOf(preset, focalPoint) !== size.fingerprint,
  }
}

function focalPointOf({ focal_x: x, focal_y: y }: MediaRow): FocalPoint | null {
  return x === null || y === null ? null : { x, y }
}
