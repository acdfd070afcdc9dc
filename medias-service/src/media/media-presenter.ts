import type { Media, Size, Version } from '@likeness/internal-api'
import { fingerprintOf, type FocalPoint } from '@likeness/media-jobs'

import type { PresetsInForce } from '../presets/presets-in-force.ts'
import type { MediaRow } from './media-rows.ts'
import type { SizeJson, VersionJson } from './version-rows.ts'

/** The representation of a media. */
export function presentMedia(media: MediaRow, presets: PresetsInForce): Media {
  const focalPoint = focalPointOf(media)
  const version = media.currentVersion
  return {
    id: media.id,
    ownerId: media.ownerId,
    title: media.title,
    alt: media.alt,
    filename: media.filename,
    mimeType: media.mimeType,
    kind: media.kind,
    visibility: media.visibility,
    status: media.status,
    focalPoint,
    tags: media.tags,
    currentVersion: version ? presentVersion(media, version, presets) : null,
    trashedAt: media.trashedAt?.toISOString() ?? null,
    createdAt: media.createdAt.toISOString(),
    updatedAt: media.updatedAt.toISOString(),
  }
}

export function presentVersion(media: MediaRow, version: VersionJson, presets: PresetsInForce): Version {
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
    camera:
      version.cameraMake === null && version.cameraModel === null
        ? null
        : { make: version.cameraMake, model: version.cameraModel },
    takenAt: version.takenAt,
    status: version.status,
    error: version.errorCode ? { code: version.errorCode, message: version.errorMessage ?? '' } : null,
    derivedFrom: version.derivedFrom,
    operations: version.operations,
    sizes: version.sizes.map((size) => ({
      ...presentSize(media.id, version.number, size),
      stale: isStale(size, focalPoint, presets),
    })),
    createdAt: new Date(version.createdAt).toISOString(),
  }
}

function presentSize(mediaId: string, number: number, size: SizeJson): Omit<Size, 'stale'> {
  return {
    preset: size.preset,
    // Workers write only these formats.
    format: size.format as Size['format'],
    width: size.width,
    height: size.height,
    bytes: size.bytes,
    url: `/api/v1/media/${mediaId}/sizes/${size.preset}.${size.format}?v=${number}`,
  }
}

function isStale(size: SizeJson, focalPoint: FocalPoint | null, presets: PresetsInForce): boolean {
  const preset = presets.find(size.preset)
  return !preset || fingerprintOf(preset, focalPoint) !== size.fingerprint
}

function focalPointOf({ focalX: x, focalY: y }: MediaRow): FocalPoint | null {
  return x === null || y === null ? null : { x, y }
}
