import {
  DataTypes,
  literal,
  type Attributes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

/** An entry of the audit trail. The database role can only insert and read entries. */
export interface AuditModel extends Model<InferAttributes<AuditModel>, InferCreationAttributes<AuditModel>> {
  id: string
  /** Set by PostgreSQL. The database role has no privilege to set it. */
  at: CreationOptional<Date>
  actorType: 'user' | 'api-key' | 'service' | 'system'
  actorId: string
  action: string
  targetType: 'user' | 'role' | 'permission' | 'session' | 'api-key'
  targetId: string
  /** Only the fields that differ from `after`, if both are set. */
  before: CreationOptional<Record<string, unknown> | null>
  after: CreationOptional<Record<string, unknown> | null>
  address: CreationOptional<string | null>
  userAgent: CreationOptional<string | null>
  requestId: CreationOptional<string | null>
}

export type AuditAttributes = Attributes<AuditModel>

/** The model of the table `audit`. */
export function defineAudit(sequelize: Sequelize): ModelStatic<AuditModel> {
  return sequelize.define<AuditModel>(
    'Audit',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      at: { type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('clock_timestamp()') },
      actorType: { type: DataTypes.TEXT, allowNull: false },
      actorId: { type: DataTypes.TEXT, allowNull: false },
      action: { type: DataTypes.TEXT, allowNull: false },
      targetType: { type: DataTypes.TEXT, allowNull: false },
      targetId: { type: DataTypes.TEXT, allowNull: false },
      before: DataTypes.JSONB,
      after: DataTypes.JSONB,
      address: DataTypes.TEXT,
      userAgent: DataTypes.TEXT,
      requestId: DataTypes.TEXT,
    },
    { tableName: 'audit' },
  )
}
