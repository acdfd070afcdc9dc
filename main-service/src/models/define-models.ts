import { defineIdempotencyKey } from '@likeness/postgres'
import type { Sequelize } from 'sequelize'

import { defineApiKey } from './api-key.ts'
import { defineAudit } from './audit.ts'
import { defineFeatureBucket } from './feature-bucket.ts'
import { defineGuess } from './guess.ts'
import { defineInvitation } from './invitation.ts'
import { defineMediaPresets } from './media-presets.ts'
import { defineOutbox } from './outbox.ts'
import { definePermission } from './permission.ts'
import { defineRefreshToken } from './refresh-token.ts'
import { defineRevocation } from './revocation.ts'
import { defineRoleNameKey } from './role-name-key.ts'
import { defineRolePermission } from './role-permission.ts'
import { defineRole } from './role.ts'
import { defineSession } from './session.ts'
import { defineUserRole } from './user-role.ts'
import { defineUser } from './user.ts'

/**
 * Defines all models of maindb on this connection, with their associations. The interface of a model declares an
 * association on one side only, because files must not import each other in a circle.
 */
export function defineModels(sequelize: Sequelize) {
  const models = {
    User: defineUser(sequelize),
    Role: defineRole(sequelize),
    RoleNameKey: defineRoleNameKey(sequelize),
    Permission: definePermission(sequelize),
    RolePermission: defineRolePermission(sequelize),
    UserRole: defineUserRole(sequelize),
    Session: defineSession(sequelize),
    RefreshToken: defineRefreshToken(sequelize),
    ApiKey: defineApiKey(sequelize),
    Invitation: defineInvitation(sequelize),
    Guess: defineGuess(sequelize),
    FeatureBucket: defineFeatureBucket(sequelize),
    IdempotencyKey: defineIdempotencyKey(sequelize),
    Outbox: defineOutbox(sequelize),
    Audit: defineAudit(sequelize),
    Revocation: defineRevocation(sequelize),
    MediaPresets: defineMediaPresets(sequelize),
  }
  associate(models)
  return models
}

/** The models of maindb, by name. */
export type MaindbModels = ReturnType<typeof defineModels>

function associate(models: MaindbModels): void {
  const {
    User,
    Role,
    RoleNameKey,
    Permission,
    RolePermission,
    UserRole,
    Session,
    RefreshToken,
    ApiKey,
    Invitation,
    FeatureBucket,
  } = models
  const userId = { foreignKey: 'userId', onDelete: 'CASCADE' } as const
  const roleId = { foreignKey: 'roleId', onDelete: 'CASCADE' } as const

  User.belongsToMany(Role, { as: 'roles', through: UserRole, ...userId, otherKey: 'roleId' })
  Role.belongsToMany(User, { as: 'users', through: UserRole, ...roleId, otherKey: 'userId' })
  Role.belongsToMany(Permission, { as: 'permissions', through: RolePermission, ...roleId, otherKey: 'permissionId' })
  Permission.belongsToMany(Role, {
    as: 'roles',
    through: RolePermission,
    foreignKey: 'permissionId',
    otherKey: 'roleId',
    onDelete: 'CASCADE',
  })

  RoleNameKey.belongsTo(Role, { as: 'role', ...roleId })

  User.hasMany(Session, { as: 'sessions', ...userId })
  Session.belongsTo(User, { as: 'user', ...userId })
  Session.hasMany(RefreshToken, { as: 'refreshTokens', foreignKey: 'sessionId', onDelete: 'CASCADE' })
  RefreshToken.belongsTo(Session, { as: 'session', foreignKey: 'sessionId', onDelete: 'CASCADE' })

  User.hasMany(ApiKey, { as: 'apiKeys', ...userId })
  ApiKey.belongsTo(User, { as: 'user', ...userId })
  User.hasMany(FeatureBucket, { as: 'buckets', ...userId })
  FeatureBucket.belongsTo(User, { as: 'user', ...userId })

  User.hasOne(Invitation, { as: 'invitation', ...userId })
  Invitation.belongsTo(User, { as: 'user', ...userId })
  Invitation.belongsTo(User, { as: 'inviter', foreignKey: 'invitedBy', onDelete: 'SET NULL' })
}
